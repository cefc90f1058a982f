package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// people are accounts that each differ in one property.
func people() []wallaroo.User {
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	return []wallaroo.User{
		{
			ID: "11111111-1111-4111-8111-111111111111", Username: "ana@example.com", Email: "ana@example.com", FirstName: "Ana", LastName: "Ångström-Núñez",
			Enabled: wallaroo.True, EmailVerified: wallaroo.True, Created: ago(3), LastLogin: wallaroo.LastLogin{Known: true, At: ago(1)}, RealmRoles: []string{"admin"},
		},
		{
			ID: "22222222-2222-4222-8222-222222222222", Username: "bert", Email: "bert@other.example", FirstName: "Bert", LastName: "Strauß",
			Enabled: wallaroo.False, EmailVerified: wallaroo.True, Created: ago(100), LastLogin: wallaroo.LastLogin{Known: true},
		},
		{
			ID: "33333333-3333-4333-8333-333333333333", Username: "Cleo@Example.com", Email: "cleo@example.com", Enabled: wallaroo.True,
			EmailVerified: wallaroo.False, Created: ago(400), LastLogin: wallaroo.LastLogin{Known: true, At: ago(200)}, RequiredActions: []string{"UPDATE_PASSWORD"},
		},
		{ID: "44444444-4444-4444-8444-444444444444", Username: "dora", Enabled: wallaroo.True},
		{ID: "55555555-5555-4555-8555-555555555555", Username: "admin", Enabled: wallaroo.True},
	}
}

func snapshot(t *testing.T, users []wallaroo.User) *directory.Snapshot {
	t.Helper()
	d := directory.New(fakeapi.New(users...), directory.Options{MaxAge: time.Hour})
	t.Cleanup(d.Close)
	r, err := d.Read(t.Context(), admin, directory.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Snapshot
}

// names returns the names in a list, in its order.
func names(l directory.List) string {
	var all []string
	for _, a := range l.Rows {
		name, _, _ := strings.Cut(strings.ToLower(a.Username), "@")
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

func TestSearch(t *testing.T) {
	s := snapshot(t, people())
	for query, want := range map[string]string{
		"":                         "ana bert cleo admin dora",
		"EXAMPLE.com":              "ana cleo",
		"xample":                   "ana bert cleo",
		"angstrom":                 "ana",
		"nunez":                    "ana",
		"ÅNG núñ":                  "ana",
		"strauss":                  "bert",
		"straße":                   "",
		"ana bert":                 "",
		"example bert":             "bert",
		`"ana angstrom"`:           "ana",
		`"angstrom ana"`:           "",
		"4111-8111":                "ana",
		"status:active":            "ana cleo admin dora",
		"status:inactive":          "bert",
		"status:unknown":           "",
		"STATUS:Inactive":          "bert",
		"health:error":             "bert dora",
		"health:warning":           "cleo",
		"health:ok":                "ana admin",
		"trouble:no-email":         "dora",
		"trouble:username_differs": "bert",
		"domain:example.com":       "ana cleo",
		"domain:@Other.Example":    "bert",
		"id:1111":                  "ana",
		"id:2222 status:active":    "",
		"created:7d":               "ana",
		"created:>2026-01-01":      "ana bert",
		"created:<2026-01-01":      "cleo",
		"created:2026-11-20":       "ana",
		"login:never":              "bert",
		"login:unknown":            "admin dora",
		"login:>90d":               "cleo",
		"login:7d":                 "ana",
		"action:update_password":   "cleo",
		"action:UPDATE-PASSWORD":   "cleo",
		"is:admin":                 "ana",
		"is:pending":               "cleo",
		"status:active example":    "ana cleo",
		`"status:active"`:          "",
		"2026-11-23T12:00:00Z ERROR workspace insert failed user=22222222-2222-4222-8222-222222222222 code=1": "bert",
		`From: "Cleo" <cleo@example.com> To: support`:                                                         "cleo",
		"login:>90d cleo@example.com":                                                                         "cleo",
		"https://console.example/realms/master/users/22222222-2222-4222-8222-222222222222/settings":           "bert",
		"mailto:cleo@example.com":                                                                             "cleo",
		"12:00 login failed status:500 email:cleo@example.com retried":                                        "cleo",
		"ERROR cleo@example.com":                                                                              "cleo",
		"cleo@example.com,":                                                                                   "cleo",
		"ana@example.com; cleo@example.com":                                                                   "ana cleo",
		"ana cleo@example.com":                                                                                "cleo", // nobody has both; the address is somebody's
		"angstrom ana@example.com":                                                                            "ana",
		strings.Repeat("at wallaroo.example ", 100) + "for ana@example.com":                                   "ana",
		"health:no-email":                                                                                     "dora", // as the address of the filter has it
	} {
		find(t, s, query, want)
	}
}

// find checks which accounts a search finds.
func find(t *testing.T, s *directory.Snapshot, query, want string) {
	t.Helper()
	q, err := directory.ParseQuery(query, now)
	if err != nil {
		t.Errorf("%q: %v", query, err)
	} else if got := names(s.List(directory.ListParams{Query: q, Per: 100, Now: now})); got != want {
		t.Errorf("%q: got %q, want %q", query, got, want)
	}
}

// A search finds text however either is typed, and the keywords of the query language may be typed in any way, too.
func TestSearchIgnoresCaseAccentsAndTypography(t *testing.T) {
	s := snapshot(t, []wallaroo.User{
		{ID: "1", Username: "yorgos", FirstName: "Γιώργος", LastName: "Παπάς", Enabled: wallaroo.True, RequiredActions: []string{"webauthn-register"}},
		{ID: "2", Username: "pat", FirstName: "Pat", LastName: "O’Brien", Enabled: wallaroo.True, RequiredActions: []string{"CONFIGURE_TOTP", "Accept-House_Rules"}},
		{ID: "3", Username: "ada", FirstName: "Ada", LastName: "Admin"},
		{ID: "4", Username: "mary", FirstName: "Mary\u00adAnn", LastName: "Smith‑Jones"},
		{ID: "55555555-5555-4555-8555-555555555555", Username: "zoe", Email: "zoe@example.com", LastName: "Admin Ada"},
	})
	for query, want := range map[string]string{
		"ΓΙΏΡΓΟΣ":                      "yorgos",
		"γιωργος":                      "yorgos",
		"παπας":                        "yorgos",
		"o'brien":                      "pat",
		"O´BRIEN":                      "pat",
		"o’brien":                      "pat",
		"“Ada Admin”":                  "ada",
		"„Ada Admin“":                  "ada",
		"«\u00a0Ada\u202fAdmin\u00a0»": "ada",
		"“status:active”":              "",
		"maryann":                      "mary",
		"mary\u200bann smith-jones":    "mary",
		"smith–jones":                  "mary",
		"ada\u00a0admin":               "zoe ada", // two words
		"ｓｔａｔｕｓ：ａｃｔｉｖｅ":                                        "pat yorgos",
		"status:\u200bactive":                                  "pat yorgos",
		"user 55555555‑5555‑4555‑8555‑555555555555 has failed": "zoe",
		"failed for zoe\u200b@example.com at login":            "zoe",
		"action:webauthn-register":                             "yorgos",
		"action:WEBAUTHN_REGISTER":                             "yorgos",
		"action:webauthn_register":                             "yorgos",
		"action:webauthn":                                      "",
		"action:accept-house-rules":                            "pat",
		"action:ACCEPT_HOUSE-RULES":                            "pat",
		"action:configure‑totp":                                "pat",
	} {
		find(t, s, query, want)
	}
}

func TestDaysAreInTheReadersTimeZone(t *testing.T) {
	s := snapshot(t, people()) // ana was created at noon of 20 November, UTC
	auckland := time.FixedZone("NZDT", 13*3600)
	for day, want := range map[string]string{"created:2026-11-20": "", "created:2026-11-21": "ana", "created:>2026-11-20": "ana", "created:<2026-11-21": "bert cleo"} {
		q, err := directory.ParseQuery(day, now.In(auckland))
		if err != nil {
			t.Fatal(err)
		}
		if got := names(s.List(directory.ListParams{Query: q, Per: 100, Now: now})); got != want {
			t.Errorf("%s: got %q, want %q", day, got, want)
		}
	}
}

func TestAWrongTermIsExplained(t *testing.T) {
	for query, want := range map[string]string{
		"status:gone":                 "status:active, status:inactive or status:unknown",
		"health:bad":                  "health:error",
		"trouble:none":                "no-email",
		"created:soon":                "created:7d",
		"created:>2026-13-01":         "created:7d",
		"created:-3d":                 "created:7d",
		"login:99999999999d":          "login:never",
		"is:happy":                    "is:admin",
		"colour:red":                  "There is no field “colour:”",
		"status:":                     "needs a value",
		"ERROR: x":                    "There is no field “error:”",
		"status:gone ana@example.com": "status:active, status:inactive or status:unknown",
		strings.Repeat("x", 1e5):      "too long",
	} {
		_, err := directory.ParseQuery(query, now)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %q", query, err, want)
		}
	}
}

func TestFiltersCountsAndPages(t *testing.T) {
	s := snapshot(t, people())
	l := s.List(directory.ListParams{Filter: directory.Filter{Status: directory.Active}, Per: 2, Page: 99, Now: now})
	if names(l) != "admin dora" || l.Page != 2 || l.Pages != 2 || l.From != 3 || l.To != 4 || l.Total != 4 {
		t.Errorf("past the end: %q %+v", names(l), l)
	}
	if l.Counts != (directory.Counts{All: 5, Active: 4, Deactivated: 1, Attention: 2}) {
		t.Errorf("counts %+v", l.Counts)
	}
	l = s.List(directory.ListParams{Filter: directory.Filter{Severity: directory.SeverityError, Domain: "other.example"}, Per: 10, Now: now})
	if names(l) != "bert" || l.Counts.All != 1 {
		t.Errorf("health and domain: %q %+v", names(l), l.Counts)
	}
	empty := snapshot(t, nil).List(directory.ListParams{Per: 25, Page: 3})
	if empty.Total != 0 || empty.Page != 1 || empty.Pages != 1 || empty.From != 0 {
		t.Errorf("nobody: %+v", empty)
	}
}

func TestEveryColumnSortsBothWaysWithBlanksLast(t *testing.T) {
	s := snapshot(t, people())
	for column, want := range map[directory.Column][2]string{
		directory.ByEmail:     {"ana bert cleo admin dora", "cleo bert ana admin dora"},
		directory.ByName:      {"admin ana bert cleo dora", "dora cleo bert ana admin"},
		directory.ByStatus:    {"ana cleo admin dora bert", "bert dora admin cleo ana"},
		directory.ByIssue:     {"bert dora cleo ana admin", "cleo dora bert ana admin"},
		directory.ByLastLogin: {"bert cleo ana admin dora", "ana cleo bert admin dora"},
		directory.ByCreated:   {"cleo bert ana admin dora", "ana bert cleo admin dora"},
		directory.Column(99):  {"ana bert cleo admin dora", "cleo bert ana admin dora"},
	} {
		for i, desc := range []bool{false, true} {
			if got := names(s.List(directory.ListParams{Sort: column, Desc: desc, Per: 10, Now: now})); got != want[i] {
				t.Errorf("column %d, downwards %v: %q, want %q", column, desc, got, want[i])
			}
		}
	}
}

func TestIssues(t *testing.T) {
	for name, row := range map[string]struct {
		user wallaroo.User
		want []directory.Issue
	}{
		"fine":                              {wallaroo.User{Username: "a@b.c", Email: "A@b.c", EmailVerified: wallaroo.True}, nil},
		"the built-in administrator":        {wallaroo.User{Username: "Admin"}, nil},
		"somebody called admin, with email": {wallaroo.User{Username: "admin", Email: "a@b.c", EmailVerified: wallaroo.True}, []directory.Issue{directory.UsernameDiffers}},
		"no email":                          {wallaroo.User{Username: "x"}, []directory.Issue{directory.NoEmail}},
		"blanks for an email":               {wallaroo.User{Username: "x", Email: "  "}, []directory.Issue{directory.NoEmail}},
		"all at once": {
			wallaroo.User{Username: "x", Email: "not an address", EmailVerified: wallaroo.False},
			[]directory.Issue{directory.InvalidEmail, directory.UsernameDiffers, directory.UnverifiedEmail},
		},
		"a display name is no address": {wallaroo.User{Username: "jo <a@b.c>", Email: "Jo <a@b.c>", EmailVerified: wallaroo.True}, []directory.Issue{directory.InvalidEmail}},
		"what nobody sees is none": {
			wallaroo.User{Username: "a@b.c\u200b", Email: "a@b.c\u200b", EmailVerified: wallaroo.True}, []directory.Issue{directory.InvalidEmail},
		},
		"nor a mark of direction":     {wallaroo.User{Username: "a\u202e@b.c", Email: "a\u202e@b.c", EmailVerified: wallaroo.True}, []directory.Issue{directory.InvalidEmail}},
		"letters of another alphabet": {wallaroo.User{Username: "né@пример.рф", Email: "né@пример.рф", EmailVerified: wallaroo.True}, nil},
		"a blank that nobody sees":    {wallaroo.User{Username: "a@b.c ", Email: "a@b.c", EmailVerified: wallaroo.True}, []directory.Issue{directory.UsernameDiffers}},
		"an accent in two characters": {wallaroo.User{Username: "jos\u00e9@b.c", Email: "jose\u0301@b.c", EmailVerified: wallaroo.True}, []directory.Issue{directory.UsernameDiffers}},
		"only unverified":             {wallaroo.User{Username: "a@b.c", Email: "a@b.c", EmailVerified: wallaroo.False}, []directory.Issue{directory.UnverifiedEmail}},
		"not told whether verified":   {wallaroo.User{Username: "a@b.c", Email: "a@b.c"}, nil},
		"no username is told":         {wallaroo.User{Email: "a@b.c", EmailVerified: wallaroo.True}, nil},
	} {
		row.user.ID = "x"
		a, _ := snapshot(t, []wallaroo.User{row.user}).ByID("x")
		if !slices.Equal(a.Issues, row.want) {
			t.Errorf("%s: got %v, want %v", name, a.Issues, row.want)
		}
	}
}

func TestMarksAreWhereTheyMatched(t *testing.T) {
	for _, row := range []struct{ text, words, want string }{
		{"Ana Ångström", "angs", "Ana [Ångs]tröm"},
		{"Strauß", "ss", "Strau[ß]"},
		{"Strauß", "s", "[S]trau[ß]"},
		{"jo@example.com", "example o", "j[o]@[example].c[o]m"},
		{"A\u0301bc", "ab", "[A\u0301b]c"},
		{"ﬁne", "i", "[ﬁ]ne"},
		{"plain", "", "plain"},
		{"", "x", ""},
		{"日本語", "本", "日[本]語"},
		{"Pat O’Brien", "o'brien", "Pat [O’Brien]"},
		{"Γιώργος", "γιωργοσ", "[Γιώργος]"},
		{"Mary\u00adAnn", "marya", "[Mary\u00adA]nn"},
		{"Jo\u0301", "jo", "[Jo\u0301]"},
	} {
		var got strings.Builder
		for _, s := range directory.Mark(row.text, strings.Fields(row.words)) {
			if s.Match {
				fmt.Fprintf(&got, "[%s]", s.Text)
			} else {
				got.WriteString(s.Text)
			}
		}
		if got.String() != row.want {
			t.Errorf("%q for %q: got %q, want %q", row.text, row.words, got.String(), row.want)
		}
	}
}

// Highlighting neither loses nor adds text, whatever the text and the words.
func TestMarkingKeepsTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		words := rapid.SliceOfN(rapid.StringN(1, 3, -1), 0, 3).Draw(t, "words")
		var all strings.Builder
		for _, s := range directory.Mark(text, words) {
			all.WriteString(s.Text)
		}
		if !utf8.ValidString(all.String()) || all.String() != strings.ToValidUTF8(text, "\uFFFD") {
			t.Fatalf("%q became %q", text, all.String())
		}
	})
}

// Any part of a name is found, in upper case too, unless it is a keyword of the query language.
func TestAnyPartIsFound(t *testing.T) {
	s := snapshot(t, people())
	rapid.Check(t, func(t *rapid.T) {
		who := rapid.SampledFrom(people()).Draw(t, "who")
		field := []rune(rapid.SampledFrom([]string{who.Email, who.Username, who.FirstName, who.LastName, who.ID}).Draw(t, "field"))
		if len(field) == 0 {
			return
		}
		from := rapid.IntRange(0, len(field)-1).Draw(t, "from")
		part := string(field[from : from+rapid.IntRange(1, len(field)-from).Draw(t, "length")])
		if strings.ContainsAny(part, `":`) {
			return
		}
		q, err := directory.ParseQuery(strings.ToUpper(part), now)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range s.List(directory.ListParams{Query: q, Per: 100}).Rows {
			if a.ID == who.ID {
				return
			}
		}
		t.Fatalf("%q does not find %s", part, who.Username)
	})
}

// A name that is found by one spelling is found and highlighted by all of them.
func TestWhatIsWrittenAlikeFindsAlike(t *testing.T) {
	spell := rapid.SampledFrom([]func(string) string{
		strings.ToUpper, strings.ToLower, strings.Clone, norm.NFC.String, norm.NFD.String,
		strings.NewReplacer("’", "'", "ʼ", "‘", "–", "-", "ø", "o", "Ł", "l", "ς", "Σ", "\u00ad", "", "\u200b", "\ufe0f").Replace,
	})
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`\pL[\p{Latin}\p{Greek}\p{Cyrillic}\p{Mn}'’ʼ\-–øŁς\x{ad}\x{200b}]{0,10}`).Draw(t, "name")
		member, typed := spell.Draw(t, "the account's")(name), spell.Draw(t, "the search's")(name)
		q, err := directory.ParseQuery(typed, now)
		if err != nil {
			t.Fatal(err)
		}
		if !q.Match(&directory.Account{User: wallaroo.User{Username: member}}) {
			t.Errorf("%+q does not find %+q", typed, member)
		}
		if marked := directory.Mark(member, q.Marks); !slices.ContainsFunc(marked, func(s directory.Segment) bool { return s.Match }) {
			t.Errorf("%+q marks nothing of %+q", typed, member)
		}
	})
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"jo", "status:active", `"a b" c`, "created:>2026-01-01", "login:>90d", "\xff\xfe", "a:b:c", "::", `"`, "id:", "ERROR user=22222222-2222-4222-8222-222222222222"} {
		f.Add(s)
	}
	d := directory.New(fakeapi.New(people()...), directory.Options{MaxAge: time.Hour})
	r, err := d.Read(f.Context(), admin, directory.ReadOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := directory.ParseQuery(s, now)
		if err != nil {
			if !utf8.ValidString(err.Error()) || err.Error() == "" {
				t.Errorf("%q: the message is %q", s, err)
			}
			return
		}
		l := r.List(directory.ListParams{Query: q, Per: 100, Now: now})
		for _, a := range l.Rows {
			directory.Mark(a.Name(), q.Marks)
		}
		if l.Total > 5 {
			t.Errorf("%q finds %d", s, l.Total)
		}
	})
}

// An internationalized domain is one domain in Unicode and in ASCII.
func TestBothSpellingsOfADomainAreOneAddress(t *testing.T) {
	s := snapshot(t, []wallaroo.User{
		{ID: "1", Username: "una", Email: "idn@müller.example", FirstName: "Una"},
		{ID: "2", Username: "asta@xn--mller-kva.example", Email: "ASTA@Müller.example"},
		{ID: "3", Username: "idn@xn--mller-kva.example", Email: "idn@xn--mller-kva.example"},
		{ID: "4", Username: "other", Email: "idn@muller.example"},
		{ID: "5", Username: "name@müller.example"},
	})
	for query, want := range map[string]string{
		"müller.example":                      "asta idn name other una",
		"xn--mller-kva.example":               "asta idn name una",
		"domain:müller.example":               "asta idn other una",
		"domain:xn--mller-kva.example":        "asta idn other una",
		"domain:MÜLLER.example":               "asta idn other una",
		"user=idn@xn--mller-kva.example gone": "idn una",
	} {
		q, err := directory.ParseQuery(query, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := sorted(names(s.List(directory.ListParams{Query: q, Per: 100, Now: now}))); got != want {
			t.Errorf("%q finds %q, not %q", query, got, want)
		}
	}
	for _, domain := range []string{"müller.example", "xn--mller-kva.example"} {
		if n := s.List(directory.ListParams{Filter: directory.Filter{Domain: domain}, Per: 100, Now: now}).Total; n != 3 {
			t.Errorf("%d have the domain %s", n, domain)
		}
	}
	if f := s.Facets(); f.Domains["müller.example"] != 3 {
		t.Errorf("counted are %v", f.Domains)
	}
	for id, shared := range map[string]bool{"1": true, "2": false, "3": true, "4": false, "5": false} {
		a, _ := s.ByID(id)
		if a.Has(directory.SharedEmail) != shared || len(s.SharesEmail(a)) > 0 != shared {
			t.Errorf("%s: shared is %t", a.Email, !shared)
		}
	}
	if a, _ := s.ByID("2"); a.Has(directory.UsernameDiffers) {
		t.Error("the other spelling of an email is taken for another username")
	}
	for email, id := range map[string]string{"Asta@xn--mller-kva.example": "2", "asta@müller.example": "2", "name@xn--mller-kva.example": "5"} {
		if a, found := s.Member(email); !found || a.ID != id {
			t.Errorf("%s is not found", email)
		}
	}
	for _, c := range []directory.Caller{{Email: "asta@xn--mller-kva.example"}, {Username: "asta@müller.example"}} {
		if a, _ := s.ByID("2"); !c.Owns(a) {
			t.Errorf("%+v is not the owner", c)
		}
	}
}

// A facet's count is the number of accounts that the filter then shows.
func TestFacetsCountWhatTheFiltersShow(t *testing.T) {
	s := snapshot(t, people())
	shown := func(f directory.Filter) int {
		return s.List(directory.ListParams{Filter: f, Per: 100, Now: s.ReadAt}).Total
	}
	f := s.Facets()
	for _, trouble := range directory.Issues() {
		if want := shown(directory.Filter{Issue: trouble}); f.Issues[trouble] != want {
			t.Errorf("%s: %d, want %d", trouble, f.Issues[trouble], want)
		}
	}
	for _, login := range []directory.LoginFilter{directory.LoginNever, directory.LoginUnknown, directory.LoginRecent, directory.LoginLongSince} {
		if want := shown(directory.Filter{Login: login}); f.Logins[login] != want {
			t.Errorf("%s: %d, want %d", login, f.Logins[login], want)
		}
	}
	for _, domain := range f.TopDomains(100) {
		if want := shown(directory.Filter{Domain: domain}); f.Domains[domain] != want || want == 0 {
			t.Errorf("%s: %d, want %d", domain, f.Domains[domain], want)
		}
	}
	if top := f.TopDomains(1); len(top) != 1 || top[0] != "example.com" {
		t.Errorf("the first is %q", top)
	}
}

// A whole known id comes first, also inside a longer text: a part of it is not taken for the whole.
func TestAWholeIDIsFoundBeforeItsParts(t *testing.T) {
	const storage = "f:bd1a5d1f-1111-4222-8333-444455556666"
	users := append(people(),
		wallaroo.User{ID: storage + ":ada", Username: "ada"}, wallaroo.User{ID: storage + ":adam", Username: "adam"},
		wallaroo.User{ID: storage + ":uid=dora,ou=People", Username: "dora2"}, wallaroo.User{ID: "bd1a5d1f-1111-4222-8333-444455556666", Username: "provider"},
		wallaroo.User{ID: "svc 7", Username: "service"}, wallaroo.User{ID: "mo", Username: "mona"}, wallaroo.User{ID: "x2", Username: "mo"},
	)
	s := snapshot(t, users)
	for text, want := range map[string]string{
		storage + ":ada":         "ada",
		"  " + storage + ":ada ": "ada",
		"2026-11-27 ERROR user=" + storage + ":ada may not": "ada",
		"2026-11-27 ERROR who:" + storage + ":ada may not":  "ada adam", // no token by itself
		"ERROR user \"" + storage + ":ada\" may not":        "ada",
		"sub: " + storage + ":uid=dora,ou=People, denied":   "dora2",
		"for (" + storage + ":adam).":                       "adam",
		"svc 7":                                             "service",
		"mo":                                                "mona",
		"mo status:active":                                  "",
		"11111111-1111-4111-8111-111111111111":              "ana",
		"id:" + storage + ":ada":                            "ada adam",
		"44444444-4444-4444-8444-444444444444 and 55555555-5555-4555-8555-555555555555": "admin dora",
	} {
		q, err := directory.ParseQuery(text, now)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := sorted(names(s.List(directory.ListParams{Query: q, Per: 50, Now: now}))); got != want {
			t.Errorf("%q finds %q, not %q", text, got, want)
		}
	}
}

func sorted(names string) string {
	all := strings.Fields(names)
	slices.Sort(all)
	return strings.Join(all, " ")
}
