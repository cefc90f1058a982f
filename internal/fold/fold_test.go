package fold_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"wallaroo-user-admin/internal/fold"
)

func TestWhatIsTypedAlikeIsOne(t *testing.T) {
	for plain, others := range map[string][]string{
		"γιωργοσ":                {"Γιώργος", "ΓΙΏΡΓΟΣ", "γιωργος"},
		"αι":                     {"ᾳ", "ᾼ", "ΑΙ", "α\u0345"},
		"եւ":                     {"և", "ԵՒ"},
		"o'brien":                {"O’Brien", "O'BRIEN", "O‘Brien", "OʼBrien", "O′Brien", "O´Brien", "O`Brien", "Ｏ＇Ｂｒｉｅｎ"},
		`"ada admin"`:            {"“Ada Admin”", "„Ada Admin“", "«Ada\u00a0Admin»", "＂Ada\u3000Admin＂", "「Ada Admin」"},
		"ana-maria":              {"Ana‐Maria", "Ana‑Maria", "Ana–Maria", "Ana—Maria", "Ana−Maria", "Ana－Maria", "Ana\u00ad-Maria"},
		"jean luc":               {"Jean\u00a0Luc", "Jean\u202fLuc", "Jean\u2003Luc", "Jean\u3000Luc", "Jean\u1680Luc", "Jean\u2028Luc"},
		"ada":                    {"A\u00adda", "A\u200bda", "\ufeffAda", "Ada\ufe0f", "A\u200dd\u2060a", "\u202eAda", "Ada\u3164", "Ada\U000E0041"},
		"soren lodz ladislaw":    {"Søren Łódź Ładisław", "SØREN ŁÓDŹ ŁADISŁAW"},
		"jorundur thor aegisson": {"Jörundur Þór Ægisson"},
		"strasse":                {"Straße", "STRASSE", "STRAẞE", "ſtraſſe"},
		"istanbul irmak":         {"İstanbul Irmak", "ıstanbul ırmak", "I\u0307stanbul IRMAK"},
		"dordevic hamrun oeuvre": {"Đorđević Ħamrun Œuvre", "ðorðević ħamrun œuvre"},
		"memmedov eliyev":        {"Məmmədov Əliyev"},
		"find 10 office":         {"ﬁnd １０ oﬃce"},
		"angstrom":               {"Ångström", "A\u030angstro\u0308m", "\u212bngström"},
		"\uFFFDx":                {"\xffX"},
	} {
		for _, other := range append(others, plain) {
			if got := fold.String(other); got != plain {
				t.Errorf("%q became %+q, want %q", other, got, plain)
			}
		}
	}
}

func TestWhatDiffersStays(t *testing.T) {
	for _, text := range []string{"", "李小龙", "山田\n太郎", "иван", "🦘", "a.b+c_d%e@example.com", "\u0600\u0661", "\t"} {
		if got := fold.String(text); got != text {
			t.Errorf("%q became %+q", text, got)
		}
	}
}

// check tells what doesn't hold of what is promised for every text.
func check(t rapid.TB, text string) {
	t.Helper()
	folded := fold.String(text)
	if again := fold.String(folded); again != folded {
		t.Errorf("%+q: %+q, folded again, becomes %+q", text, folded, again)
	}
	for how, alike := range spellings(text) {
		if got := fold.String(alike); got != folded {
			t.Errorf("%+q: in %s, %+q, it becomes %+q instead of %+q", text, how, alike, got, folded)
		}
	}
	traced, origins := fold.WithOrigins(text)
	if traced != folded || len(origins) != len(folded)+1 || origins[len(folded)] != len(text) {
		t.Fatalf("%+q: with origins it is %+q, %v; without %+q", text, traced, origins, folded)
	}
	// What comes from each character is that character, folded.
	begin := 0
	for i, r := range text {
		end := begin
		for end < len(folded) && origins[end] == i {
			end++
		}
		if want := fold.String(string(r)); folded[begin:end] != want {
			t.Errorf("%+q: %+q comes from %+q, want %+q", text, folded[begin:end], r, want)
		}
		begin = end
	}
	if begin != len(folded) {
		t.Errorf("%+q: %+q comes from nowhere", text, folded[begin:])
	}
}

// spellings are other ways to write the same.
func spellings(text string) map[string]string {
	text = string([]rune(text)) // a U+FFFD for each byte that is none of UTF-8
	forms := map[string]string{
		"lower case": cases.Lower(language.Und).String(text),
		"upper case": cases.Upper(language.Und).String(text),
		"NFC":        norm.NFC.String(text),
		"NFD":        norm.NFD.String(text),
	}
	if !strings.ContainsAny(text, "´\u1ffd") { // to NFKD, a blank with an accent
		forms["NFKC"], forms["NFKD"] = norm.NFKC.String(text), norm.NFKD.String(text)
	}
	// Letters of Cherokee are swapped by x/text, which takes the small for the large.
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cherokee, r) }) {
		forms["full case folding"] = cases.Fold().String(text)
	}
	return forms
}

func TestPromisesHoldForEveryCharacter(t *testing.T) {
	for r := range rune(unicode.MaxRune + 1) {
		c := string(r)
		if fold.String(c) != c || unicode.SimpleFold(r) != r || !norm.NFKD.IsNormalString(c) {
			check(t, c)
		}
	}
}

func TestPromisesHoldForEveryText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`[\p{Latin}\p{M}\p{Cf}'’"“ -]*`),
			rapid.StringMatching(`[\p{Greek}\p{Hangul}\p{Hebrew}\p{Devanagari}\p{M}]*`),
		).Draw(t, "text"))
	})
}

func FuzzFold(f *testing.F) {
	for _, text := range []string{"Jo", "Γιώργος", "O’Brien", "\xff\xfe", "\u00adß\u0345", "ﷺ", "한글", "A\u0300\u0345\u0301"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { check(t, text) })
}
