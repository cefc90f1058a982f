package upstream_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/upstream"
)

// FuzzRetryAfter checks that a Retry-After of an API becomes 0 to 60 minutes in whole seconds, and is kept within
// that, given as seconds or as a date.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{
		"", "0", "7", "-1", "+7", "3600", "3601", "9223372036854775807", "99999999999999999999", "-99999999999999999999", "1e3", "0x10", "7.5", "soon",
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT",
	} {
		f.Add(s, int64(90))
	}
	for _, ahead := range []int64{0, -1, 3600, 3700, 1 << 40, -1 << 62, 1<<63 - 1} {
		f.Add("", ahead)
	}
	pause := func(text string) time.Duration { return upstream.RetryAfter(http.Header{"Retry-After": {text}}) }
	f.Fuzz(func(t *testing.T, text string, ahead int64) {
		got := pause(text)
		if got < 0 || got > time.Hour || got%time.Second != 0 {
			t.Errorf("%q gives %v", text, got)
		}
		if digits := strings.Trim(text, "0123456789"); digits == "" && text != "" {
			want := time.Hour
			if n, err := strconv.ParseUint(text, 10, 64); err == nil && n < 3600 {
				want = time.Duration(n) * time.Second
			}
			if got != want {
				t.Errorf("%q gives %v, want %v", text, got, want)
			}
		}
		ahead %= 1 << 32 // what a date of four digits can say
		date := time.Now().Add(time.Duration(ahead) * time.Second).UTC().Format(http.TimeFormat)
		want := time.Duration(min(max(ahead, 0), 3600)) * time.Second
		if got := pause(date); got > want || got < want-2*time.Second {
			t.Errorf("%s, in %d s, gives %v", date, ahead, got)
		}
	})
}
