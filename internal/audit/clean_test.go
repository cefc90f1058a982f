package audit

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCleanKeepsWhatIsGood(t *testing.T) {
	for _, text := range []string{"", "Zoë Ångström", "李小龙", "o'neil+tag@example.com", "🦘 <b>hi</b>", "eyJ", "bearer of news"} {
		if got := clean(text, maxName); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x00b\r\n", 10)
	f.Add("\u202eevil\xff", 3)
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = 1 + (most&0x7fffffff)%maxNote
		got := clean(text, most)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > most+len("[token]") || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("clean(%q, %d) = %q", text, most, got)
		}
		if again := clean(got, most); utf8.RuneCountInString(got) <= most && again != got {
			t.Errorf("cleaned twice %q becomes %q", got, again)
		}
	})
}
