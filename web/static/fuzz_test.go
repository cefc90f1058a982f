package static

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzAcceptsGzip holds the reading of a stranger's Accept-Encoding against a second one, of the letter of RFC 9110: gzip
// goes only to who asks for it and nowhere takes it back. What is not by the letter is no wish, as plain suits everybody.
func FuzzAcceptsGzip(f *testing.F) {
	for _, s := range []string{
		"", "gzip", "br, gzip", "GZIP;Q=0.5", "gzip;q=0", "gzip; q=0.000", "gzip;\tq=0", "gzip\t;q=0", "gzip;q=0.001", "gzip;q=0.0001", "gzip;q=1.000", "gzip;q=1.001",
		"gzip;q=NaN", "gzip;q=inf", "gzip;q=1e3", "gzip;q=0x1p-3", "gzip;q=-1", "gzip;q=+1", "gzip;q=.5", "gzip;q=1.", "gzip;q=", "gzip;", "gzip;;q=0", "gzip;x=1;q=0", "gzip;q=1;q=0",
		"gzip;q=0, gzip", "gzip, gzip;q=0", "*", "*;q=0", "identity;q=0", "x-gzip", "xgzip", "gzip br", "gzip ;\vq=0", "gz\u0131p", `"gzip"`, ",,gzip,,", "gzip;q=0 .5", "g zip",
	} {
		f.Add(s, "")
		f.Add("br", s)
		f.Add("gzip", s)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header["Accept-Encoding"] = []string{first, second}
		want := wantsGzip(first + "," + second) // lines of a list are one list, RFC 9110 section 5.3
		if got := acceptsGzip(r); got != want {
			t.Errorf("%q: gzip is %t, want %t", r.Header["Accept-Encoding"], got, want)
		}
		if mentions := strings.Contains(strings.ToLower(first+second), "gzip"); want && !mentions {
			t.Errorf("%q: who doesn't name gzip wants it", r.Header["Accept-Encoding"])
		}
	})
}

// wantsGzip reads sections 12.5.3 and 12.4.2 character by character: a coding, and maybe a weight of 0 to 1 with up to
// three digits.
func wantsGzip(list string) (wants bool) {
	for element := range strings.SplitSeq(list, ",") {
		coding, weight, weighted := strings.Cut(element, ";")
		if !strings.EqualFold(strings.Trim(coding, " \t"), "gzip") || !isASCII(coding) {
			continue
		}
		if weighted && !isPositiveWeight(strings.Trim(weight, " \t")) {
			return false
		}
		wants = true
	}
	return wants
}

func isASCII(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' }) }

// isPositiveWeight reads "q=" and a qvalue above 0.
func isPositiveWeight(s string) bool {
	if len(s) < 3 || len(s) > 7 || s[0] != 'q' && s[0] != 'Q' || s[1] != '=' || len(s) > 3 && s[3] != '.' {
		return false
	}
	digits := strings.Trim(s[min(4, len(s)):], "0")
	switch s[2] {
	case '0':
		return digits != "" && strings.Trim(digits, "0123456789") == ""
	case '1':
		return digits == ""
	}
	return false
}
