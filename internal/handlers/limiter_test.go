package handlers

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-chi/chi/v5/middleware"
)

// What a limiter says to wait is true to the nanosecond, whatever came before.
func TestALimiterKnowsWhenTheNextRequestIsLetThrough(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		perMinute := 1 + random.IntN(20)
		now := time.Unix(1_000_000, 0)
		l := newLimiter(perMinute, now)
		through := 0
		for range 60 {
			now = now.Add(time.Duration(random.Int64N(int64(90*time.Second) / int64(1+random.IntN(perMinute*4)))))
			wait := l.take("k", now)
			if wait == 0 {
				through++
				continue
			}
			if early := now.Add(wait - 1); l.take("k", early) == 0 {
				t.Fatalf("%d a minute: let through %v before the %v that it said", perMinute, time.Nanosecond, wait)
			}
			if now = now.Add(wait); l.take("k", now) != 0 {
				t.Fatalf("%d a minute: refused after %v", perMinute, wait)
			}
			if wait > time.Minute+time.Minute/time.Duration(perMinute) {
				t.Fatalf("%d a minute: %v", perMinute, wait)
			}
		}
		if through == 0 {
			t.Fatalf("%d a minute: nothing was let through at once", perMinute)
		}
	}
}

func TestALimiterForgetsKeysAfterTwoMinutes(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	l := newLimiter(1, now)
	for i := range 1000 {
		l.take(string(rune(i)), now)
	}
	if l.take("other", now.Add(time.Minute)); len(l.last) != 1000 || len(l.current) != 1 {
		t.Errorf("after a minute: %d and %d", len(l.last), len(l.current))
	}
	if l.take("other", now.Add(5*time.Minute)); len(l.last) != 0 || len(l.current) != 1 {
		t.Errorf("after five: %d and %d", len(l.last), len(l.current))
	}
}

func TestVisitorsAreToldApartByAddressAndThoseOfOneIPv6NetworkAreNot(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.1:1234":           "192.0.2.1",
		"[::ffff:192.0.2.1]:1234":  "192.0.2.1",
		"[2001:db8:1:2:3::4]:1234": "2001:db8:1:2::/64",
		"[2001:db8:1:2:9::9]:1234": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1234":      "fe80::/64",
	} {
		var got string
		h := middleware.ClientIPFromRemoteAddr(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = byAddress(r) }))
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = remote
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got != want {
			t.Errorf("%s: %q", remote, got)
		}
	}
}
