package emails_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"wallaroo-user-admin/internal/emails"
)

// drawn returns a compared text with [ ] around what differs, as it is shown.
func drawn(c emails.Compared) string {
	var b strings.Builder
	for _, p := range c.Parts {
		if p.Differs {
			b.WriteString("[" + p.Shown() + "]")
		} else {
			b.WriteString(p.Shown())
		}
	}
	return b.String()
}

func TestCompare(t *testing.T) {
	for name, c := range map[string]struct {
		a, b           string
		drawnA, drawnB string
		namesA, namesB []string
	}{
		"a Cyrillic letter": {
			"аda@example.com", "ada@example.com",
			"[а]da@example.com", "[a]da@example.com",
			[]string{"Cyrillic а (U+0430)"},
			nil,
		},
		"two of them, apart": {
			"аdа@example.com", "ADA@example.com",
			"[а]d[а]@example.com", "[A]D[A]@example.com",
			[]string{"Cyrillic а (U+0430)"},
			nil,
		},
		"composed and decomposed": {
			"jos\u00e9@example.com", "jose\u0301@example.com",
			"jos[\u00e9]@example.com", "jos[e\u0301]@example.com",
			[]string{"é (U+00E9)"},
			[]string{"combining acute accent (U+0301)"},
		},
		"several kinds at once": {
			"аda@ex\u200bample.com ", "ada@example.com",
			"[а]da@ex[U+200B]ample.com[␣]", "[a]da@example.com",
			[]string{"Cyrillic а (U+0430)", "zero width space (U+200B)", "space (U+0020) at the end"},
			nil,
		},
		"longer than any address":     {strings.Repeat("a", 600) + " ", strings.Repeat("a", 600) + "b", strings.Repeat("a", 600) + "[␣]", strings.Repeat("a", 600) + "b", []string{"space (U+0020) at the end"}, nil},
		"a blank at the end":          {"ada@example.com ", "ada@example.com", "ada@example.com[␣]", "ada@example.com", []string{"space (U+0020) at the end"}, nil},
		"a no-break blank in front":   {"ada@example.com", "\u00a0ada@example.com", "ada@example.com", "[␣]ada@example.com", nil, []string{"no-break space (U+00A0) at the beginning"}},
		"a zero-width blank":          {"ada\u200b@example.com", "ada@example.com", "ada[U+200B]@example.com", "ada@example.com", []string{"zero width space (U+200B)"}, nil},
		"a full-width digit":          {"ada１@example.com", "ada1@example.com", "ada[１]@example.com", "ada[1]@example.com", []string{"fullwidth digit one (U+FF11)"}, nil},
		"a control":                   {"ada\x00@example.com", "ada@example.com", "ada[U+0000]@example.com", "ada@example.com", []string{"control character (U+0000)"}, nil},
		"a plain typing error":        {"ada@example.org", "ada@example.com", "ada@example.[org]", "ada@example.[com]", nil, nil},
		"a letter left out":           {"ada@exmple.com", "ada@example.com", "ada@exmple.com", "ada@ex[a]mple.com", nil, nil},
		"case alone":                  {"Ada@example.com", "ada@EXAMPLE.com", "Ada@example.com", "ada@EXAMPLE.com", nil, nil},
		"other texts":                 {"nora", "nora.diaz@example.com", "nora", "nora.diaz@example.com", nil, nil},
		"other texts, one with blank": {"nora ", "nora.diaz@example.com", "nora[␣]", "nora.diaz@example.com", []string{"space (U+0020) at the end"}, nil},
		"a mark of its own":           {"\u0301", "", "[U+0301]", "", []string{"combining acute accent (U+0301)"}, nil},
		"a letter that only folds":    {"ſam@example.com", "sam@example.com", "[ſ]am@example.com", "[s]am@example.com", []string{"ſ (U+017F)"}, nil},
		"nothing":                     {"", "", "", "", nil, nil},
	} {
		a, b := emails.Compare(c.a, c.b)
		if drawn(a) != c.drawnA || drawn(b) != c.drawnB {
			t.Errorf("%s: marked %q and %q, want %q and %q", name, drawn(a), drawn(b), c.drawnA, c.drawnB)
		}
		if !slices.Equal(a.Names, c.namesA) || !slices.Equal(b.Names, c.namesB) {
			t.Errorf("%s: named %q and %q, want %q and %q", name, a.Names, b.Names, c.namesA, c.namesB)
		}
	}
}

func TestUnseen(t *testing.T) {
	c := emails.Unseen("\u202aada@example.com\u202c ")
	if got, want := drawn(c), "[U+202A]ada@example.com[U+202C␣]"; got != want {
		t.Errorf("marked %q, want %q", got, want)
	}
	want := []string{"left-to-right embedding (U+202A) at the beginning", "pop directional formatting (U+202C)", "space (U+0020) at the end"}
	if !slices.Equal(c.Names, want) {
		t.Errorf("named %q, want %q", c.Names, want)
	}
}

// What differs is told, from whichever side one looks, and nothing is lost.
func TestCompareShowsEveryDifference(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("aаAe\u00e9\u0301 \u00a0\u200b@.1")), 0, 12, -1))
	rapid.Check(t, func(t *rapid.T) {
		x, y := text.Draw(t, "x"), text.Draw(t, "y")
		a, b := emails.Compare(x, y)
		if whole(a) != strings.ToValidUTF8(x, "\uFFFD") || whole(b) != strings.ToValidUTF8(y, "\uFFFD") {
			t.Fatal("the text is another")
		}
		for _, p := range append(a.Parts, b.Parts...) {
			if p.Differs && strings.TrimFunc(p.Shown(), func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' }) == "" {
				t.Fatalf("%q is marked, and can't be seen", p.Text)
			}
		}
	})
}

// An address that looks like a plain one, and is not, has a character named.
func TestCompareNamesWhatCannotBeSeen(t *testing.T) {
	local := rapid.StringOfN(rapid.SampledFrom([]rune("aаe\u00e9\u0301 \u00a0\u200b.1")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		x, y := local.Draw(t, "x")+"@example.com", seen(local.Draw(t, "y"))+"@example.com"
		a, b := emails.Compare(x, y)
		if x != y && seen(x) == seen(y) && len(a.Names)+len(b.Names) == 0 {
			t.Fatalf("%q and %q look alike, and nothing is named", x, y)
		}
	})
}

func whole(c emails.Compared) string {
	var b strings.Builder
	for _, p := range c.Parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

// seen returns what a reader sees of a text, without regard to case: no blanks, nothing that shows nothing, and for the
// Cyrillic а and the accented e of the test what they are taken for.
func seen(text string) string {
	alike := strings.NewReplacer("а", "a", "\u00e9", "e", "e\u0301", "e", "\u0301", "")
	return strings.ToLower(alike.Replace(strings.Map(func(r rune) rune {
		if r == ' ' || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))))
}
