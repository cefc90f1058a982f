package sanitize_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"wallaroo-user-admin/internal/sanitize"
)

func TestHarmlessTextIsUnchanged(t *testing.T) {
	for _, text := range []string{"", "Zoë Ångström", "李小龙", "o'neil+tag@example.com", "🦘 <b>hi</b>", "eyJ", "bearer of news"} {
		if got := sanitize.Text(text, 256); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\x00b\r\n", 10)
	f.Add("\u202eevil\xff", 3)
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = 1 + (most&0x7fffffff)%1000
		got := sanitize.Text(text, most)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > most+len("[token]") || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("Text(%q, %d) = %q", text, most, got)
		}
		if again := sanitize.Text(got, most); utf8.RuneCountInString(got) <= most && again != got {
			t.Errorf("cleaned twice %q becomes %q", got, again)
		}
	})
}

func TestTokensAreTakenOut(t *testing.T) {
	for text, want := range map[string]string{
		"Authorization: Bearer opaque-0123456789":  "Authorization: [token]",
		"bearer\topaque-0123456789, then":          "[token], then",
		"x=eyJhbGciOiJSUzI1NiJ9.e30.c2ln&y":        "x=[token]&y",
		"a\u202e\x00b\r\nBearer opaque\u2066-0123": "a b  [token]",
	} {
		if got := sanitize.Text(text, 100); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
