package handlers

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5/middleware"
)

// The limiter's pause is exact to the nanosecond, whatever came before.
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

// Whoever has an IPv6 /32 has more networks than there is memory.
func TestSec32_ManyKeysTakeBoundedMemoryAndDoNotAffectKnownOnes(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	l := newLimiter(2, now)
	l.take("known", now)
	through := 0
	for i := range 2 * mostKeys {
		if l.take("stranger "+strconv.Itoa(i), now) == 0 {
			through++
		}
	}
	if most := mostKeys + sharedCounts*2; len(l.current) > mostKeys+sharedCounts || through > most {
		t.Errorf("%d keys are kept, and %d requests let through", len(l.current), through)
	}
	if l.take("known", now) != 0 {
		t.Error("who was known is refused within their own limit")
	}
	if l.take("known", now) == 0 {
		t.Error("who was known is let through beyond their own limit")
	}
	// They come again a minute later, after others: the known keep their places, and nothing grows.
	now = now.Add(time.Minute)
	for i := range 2 * mostKeys {
		l.take("other "+strconv.Itoa(i), now)
	}
	for i := range mostKeys / 2 {
		l.take("stranger "+strconv.Itoa(i), now)
	}
	if kept := len(l.current) + len(l.last); kept > 2*mostKeys+2*sharedCounts {
		t.Errorf("%d numbers are kept", kept)
	}
	if now = now.Add(2 * time.Minute); l.take("known", now) != 0 || len(l.current)+len(l.last) != 1 {
		t.Errorf("after two minutes %d and %d are kept", len(l.current), len(l.last))
	}
}

// At the limit of keys, concurrent requests are still counted one by one.
func TestAFullLimiterCountsConcurrentRequests(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	l := newLimiter(5, now)
	for i := range mostKeys {
		l.take("stranger "+strconv.Itoa(i), now)
	}
	var through atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 10 {
				if l.take("stranger 7", now) == 0 { // the one of the filling is the fifth
					through.Add(1)
				}
				if l.take("new", now) == 0 {
					through.Add(1)
				}
			}
		})
	}
	all.Wait()
	if got := through.Load(); got != 4+5 {
		t.Errorf("%d were let through, want 4 of the known and 5 of the new", got)
	}
}

func TestLimitsAreByIPv4AddressAndByIPv6Network(t *testing.T) {
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
