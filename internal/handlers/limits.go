package handlers

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5/middleware"

	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/sanitize"
	"wallaroo-user-admin/web/templates"
)

// How often one may ask, in a minute and on each replica. People stay far below;
// what is above is a loop or an attack, and costs the provider or the API.
const (
	signInsAMinute = 300 // of one address, behind which an office may be
	changesAMinute = 240 // of one administrator
	exportsAMinute = 30  // of one administrator, as CSV and JSON together

	// Back-channel logouts of one address that did not hold.
	refusedLogoutsAMinute = 600
)

// withClientIP finds out who asks: whoever connects, or whom a trusted proxy
// names. Without a trusted proxy, headers that name somebody mean nothing; where
// one names nobody, or no address, it is the proxy: "" would be everybody's.
func (s *site) withClientIP() func(http.Handler) http.Handler {
	if len(s.TrustedProxies) == 0 {
		return middleware.ClientIPFromRemoteAddr
	}
	prefixes := make([]string, len(s.TrustedProxies))
	for i, p := range s.TrustedProxies {
		prefixes[i] = p.String()
	}
	named := middleware.ClientIPFromXFF(prefixes...)
	var once sync.Once
	unread := func(said string) {
		once.Do(func() {
			s.log.Warn("X-Forwarded-For of a proxy names no address, so its visitors count as the proxy; further ones are not logged",
				slog.String("element", sanitize.Text(said, 60)))
		})
	}
	return func(next http.Handler) http.Handler {
		return middleware.ClientIPFromRemoteAddr(plainForwardedFor(unread, named(next)))
	}
}

const forwardedFor = "X-Forwarded-For"

// plainForwardedFor writes the elements of X-Forwarded-For as plain addresses.
// Some proxies add the port ("203.0.113.9:4711"), and then put IPv6 in brackets.
// unread is told of what is no address in any form.
func plainForwardedFor(unread func(string), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said := strings.Join(r.Header.Values(forwardedFor), ",")
		if said == "" {
			next.ServeHTTP(w, r)
			return
		}
		elements := strings.Split(said, ",")
		for i, e := range elements {
			elements[i] = strings.TrimSpace(e)
			if address, ok := forwardedAddress(elements[i]); ok {
				elements[i] = address.String()
			} else {
				unread(elements[i])
			}
		}
		// A copy: who is above reads what came.
		r = r.Clone(r.Context())
		r.Header.Set(forwardedFor, strings.Join(elements, ", "))
		next.ServeHTTP(w, r)
	})
}

// forwardedAddress reads an address with or without a port, brackets or quotes.
func forwardedAddress(text string) (netip.Addr, bool) {
	text = strings.Trim(text, `"`)
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr(), true
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return address, err == nil
}

// limited lets so many requests a minute of one key through, and answers the
// others with a page that says when to try again.
func (s *site) limited(perMinute int, key func(*http.Request) string) func(http.Handler) http.Handler {
	l := newLimiter(perMinute, time.Now())
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if wait := l.take(key(r), time.Now()); wait > 0 {
				s.tooMany(w, r, wait)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// byAddress tells visitors apart by their IPv4 address, or by the network that
// their IPv6 address is in: who has one of those has the whole of it.
func byAddress(r *http.Request) string {
	text := middleware.GetClientIP(r.Context())
	address, err := netip.ParseAddr(text)
	if err != nil {
		return text
	}
	if address = address.Unmap(); address.Is4() {
		return address.String()
	}
	return netip.PrefixFrom(address.WithZone(""), 64).Masked().String()
}

func byAdministrator(r *http.Request) string {
	return auth.From(r.Context()).Key()
}

func (s *site) tooMany(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	seconds := int((wait + time.Second - 1) / time.Second) // a second too early would be refused again
	s.answer(w, r, &problem{
		status: http.StatusTooManyRequests, title: "Too many requests", retryAfter: time.Duration(seconds) * time.Second,
		message: "Try again in " + templates.Count(seconds, "second", "seconds") + ".", done: nothingChanged,
	})
}
