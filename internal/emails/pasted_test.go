package emails_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wallaroo-user-admin/internal/emails"
)

func TestValid(t *testing.T) {
	for _, valid := range []string{
		"jo@example.com", "Jo.Doe+tag@Example.COM", "o'brien@example.com", "o’brien@example.com", "'t.hooft@example.com", "_jo_@example.com", "!#$%&'*+-/=?^_`~@example.com",
		"jo@[192.0.2.1]", "jo@[IPv6:2001:db8::1]", "jo@localhost", "jo@under_score.example", "né@пример.рф", "idn@xn--mller-kva.example", "用户@例え.example", "❤\ufe0f@example.com", "jo@i❤.ws",
		"a@mu\u0308ller.example", strings.Repeat("n", 242) + "@example.com",
	} {
		if !emails.Valid(valid) {
			t.Errorf("%q is refused", valid)
		}
	}
	for _, wrong := range []string{
		"", " ", "jo", "@", "jo@", "@example.com", "jo@@example.com", "a b@example.com", "jo@example.com ", "Jo <jo@example.com>", "<jo@example.com>", "jo@example.com,", "jo@example.com.", ".jo@example.com", "jo@example..com",
		"jo@example.com(comment)", "jo@exam\u200bple.com", "jo@example.com\u3164", "jo@exam\u034fple.com", "jo\u00a0@example.com", "\ufeffjo@example.com", "\xff@example.com", "\uFFFD@example.com",
		// What stands around an address in other scripts is not part of it.
		"jo@example.com，", "“jo@example.com”", "“jo@example.com", "jo@example.com。", "jo@example.com…", "jo@example.com’", "jo@example.com،", "（jo@example.com）", "jo＠example.com",
		"'jo@example.com'", "jo@example.com?subject=x", "jo@exa!mple.com", "jo@example.com-", `"jo,doe"@example.com`, `"a@b"@example.com`, strings.Repeat("n", 243) + "@example.com",
	} {
		if emails.Valid(wrong) {
			t.Errorf("%q is an address", wrong)
		}
	}
}

func TestParsePasted(t *testing.T) {
	const jo = "jo@example.com"
	for _, c := range []struct {
		text, address string
		leftOut       []string
		unseen        []string
	}{
		{text: jo, address: jo},
		{text: " \tjo@example.com\r\n", address: jo},
		{text: "Jo.Doe+tag@Example.COM", address: "Jo.Doe+tag@Example.COM"},
		{text: "'t.hooft@example.com", address: "'t.hooft@example.com"},
		// Names
		{text: "Jo Doe <jo@example.com>", address: jo, leftOut: []string{"Jo Doe"}},
		{text: `"Doe, Jo (Sales)" <jo@example.com>`, address: jo, leftOut: []string{"Doe, Jo (Sales)"}},
		{text: "Jo Doe<jo@example.com> ;", address: jo, leftOut: []string{"Jo Doe", ";"}},
		{text: "Jo Doe <jo@example.com", address: jo, leftOut: []string{"Jo Doe"}},
		{text: "@jodoe <jo@example.com>", address: jo, leftOut: []string{"@jodoe"}},
		{text: `"jo@example.com" <JO@example.com>`, address: "JO@example.com", leftOut: []string{jo}},
		{text: "jo@example.com<mailto:jo@example.com>", address: jo, leftOut: []string{jo, "mailto:"}},
		// Links
		{text: "mailto:jo@example.com", address: jo, leftOut: []string{"mailto:"}},
		{text: "MailTo:jo%2Btag@example.com?subject=Hi%20there&cc=x", address: "jo+tag@example.com", leftOut: []string{"MailTo:", "?subject=Hi%20there&cc=x"}},
		{text: "mailto://jo%40example.com?", address: jo, leftOut: []string{"mailto://", "?"}},
		{text: "Jo <mailto:jo@example.com?subject=x@y>", address: jo, leftOut: []string{"Jo", "mailto:", "?subject=x@y"}},
		// Separators
		{text: "jo@example.com,", address: jo, leftOut: []string{","}},
		{text: "; jo@example.com.", address: jo, leftOut: []string{";", "."}},
		{text: "<jo@example.com>", address: jo},
		{text: "(jo@example.com)", address: jo, leftOut: []string{"(", ")"}},
		{text: "'jo@example.com'", address: jo, leftOut: []string{"'"}},
		{text: `"jo@example.com"`, address: jo, leftOut: []string{`"`}},
		{text: "**jo@example.com**", address: jo, leftOut: []string{"**"}},
		{text: "jo@example.com，", address: jo, leftOut: []string{"，"}},
		{text: "（jo@example.com）。", address: jo, leftOut: []string{"（", "）。"}},
		// What can't be seen
		{text: "jo@exam\u200bple.com\u200b", address: jo, unseen: []string{"zero width space (U+200B)"}},
		{text: "\ufeffjo@example.com\u00a0\u00a0", address: jo, unseen: []string{"zero width no-break space (U+FEFF)", "no-break space (U+00A0)"}},
		{text: "Jo\u3000<jo@example.com>", address: jo, leftOut: []string{"Jo"}, unseen: []string{"ideographic space (U+3000)"}},
		{text: "jo\x00@example.com", address: jo, unseen: []string{"control character (U+0000)"}},
		// No address is surely meant
		{text: ""},
		{text: "jo"},
		{text: "a b@example.com"},
		{text: "jo\u00a0doe@example.com"},
		{text: "jo, doe@example.com"},
		{text: "Jo Doe jo@example.com"},
		{text: "jo@example.com is away"},
		{text: "Jo <jo@example.com> is away"},
		{text: `jo@exa"mple.com"`},
		{text: "https://jo@example.com/"},
		{text: "jo@@example.com"},
		{text: "\xff@example.com"},
		{text: "mailto:%ff@example.com"},
		{text: "<>"},
		{text: `"""`},
	} {
		got := emails.ParsePasted(c.text)
		if got.Address != c.address || !slices.Equal(got.LeftOut, c.leftOut) || !slices.Equal(got.Unseen, c.unseen) || got.Several != nil {
			t.Errorf("%q: %+q", c.text, got)
		}
	}
}

func TestParsePastedFindsSeveralAddresses(t *testing.T) {
	for text, want := range map[string][]string{
		"a@x.example, b@y.example":                          {"a@x.example", "b@y.example"},
		"A <a@x.example>; B <b@y.example>; a@X.example":     {"a@x.example", "b@y.example"},
		"a@x.example b@y.example\nc@z.example":              {"a@x.example", "b@y.example", "c@z.example"},
		`"other@example.com" <jo@example.com>`:              {"other@example.com", "jo@example.com"},
		"mailto:a@x.example,b@y.example":                    {"a@x.example", "b@y.example"},
		"please ask a@x.example or\u200b b@y.example, both": {"a@x.example", "b@y.example"},
		"a@x.example，b@y.example":                           {"a@x.example", "b@y.example"},
	} {
		got := emails.ParsePasted(text)
		if got.Address != "" || !slices.Equal(got.Several, want) || got.LeftOut != nil || got.Unseen != nil {
			t.Errorf("%q: %+q", text, got)
		}
	}
}

// checkPasted holds what is true of every text.
func checkPasted(t interface{ Errorf(string, ...any) }, text string) {
	got := emails.ParsePasted(text)
	if got.Address != "" && (!emails.Valid(got.Address) || got.Several != nil) || len(got.Several) == 1 {
		t.Errorf("%q: %+q", text, got)
	}
	if emails.Valid(text) && (got.Address != text || got.LeftOut != nil || got.Unseen != nil) {
		t.Errorf("%q is valid, and taken for %+q", text, got)
	}
	if again := emails.ParsePasted(got.Address); again.Address != got.Address || again.LeftOut != nil || again.Unseen != nil {
		t.Errorf("%q: %q, and that: %+q", text, got.Address, again)
	}
	for i, one := range got.Several {
		if !emails.Valid(one) || slices.ContainsFunc(got.Several[:i], func(other string) bool { return emails.Same(one, other) }) {
			t.Errorf("%q: %q of %q", text, one, got.Several)
		}
	}
}

func TestWhatIsAroundAnAddressIsLeftOut(t *testing.T) {
	locals := rapid.StringMatching(`[a-z0-9é用_!=/-]([a-z0-9.+'’_é用-]{0,10}[a-z0-9é用_!=/-])?`)
	domains := rapid.SampledFrom([]string{"example.com", "xn--mller-kva.example", "müller.example", "пример.рф", "localhost"})
	around := rapid.SampledFrom([][2]string{
		{"", ""},
		{" ", "\t"},
		{"Jo Doe <", ">"},
		{`"Doe, Jo" <`, ">"},
		{"Doe, Jo (Sales) <", ">,"},
		{"<", ">"},
		{"mailto:", "?subject=Hi"},
		{"MAILTO:", ""},
		{"“", "”"},
		{"（", "）"},
		{"'", "'"},
		{"", ","},
		{"", "."},
		{"", ";"},
		{"", "，"},
		{"", "。"},
		{"\u00a0", "\u3000"},
		{"\ufeff", "\u200b"},
		{"**", "**"},
	})
	rapid.Check(t, func(t *rapid.T) {
		address := locals.Draw(t, "local") + "@" + domains.Draw(t, "domain")
		if !emails.Valid(address) {
			t.Skip("no address")
		}
		pair := around.Draw(t, "around")
		text := pair[0] + address + pair[1]
		if got := emails.ParsePasted(text); got.Address != address {
			t.Errorf("%q is taken for %+q", text, got)
		}
		checkPasted(t, text)
	})
}

func FuzzParsePasted(f *testing.F) {
	for _, text := range []string{
		"jo@example.com", "Jo Doe <jo@example.com>", `"Doe, Jo" <"a,b"@example.com>`, "mailto:jo%2Bx@example.com?subject=x@y", "jo@example.com (Jo)", "a@x, b@y", "\ufeffjo@example.com\u00a0",
		"'jo@example.com'", "[Jo](mailto:jo@example.com)", "jo@[1.2.3.4]", "a@b@c", "\xffa@b", "نام\u200cمن@example.com",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkPasted(t, text) })
}
