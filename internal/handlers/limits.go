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

// Rate limits per minute and replica. They are far above what people do; more
// is a loop or an attack, and loads the provider or the API.
const (
	signInsAMinute = 300 // per client address, which an office may share
	changesAMinute = 240 // per administrator
	exportsAMinute = 30  // per administrator, CSV and JSON together

	// Rejected back-channel logout tokens per client address.
	refusedLogoutsAMinute = 600
)

// withClientIP determines the client's address: the peer's, or the one that a
// trusted proxy sends in X-Forwarded-For. Without a trusted proxy the header is
// ignored. If a trusted proxy sends no valid address, its own is used, since
// all such clients would share the rate limit of "".
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

// plainForwardedFor rewrites the elements of X-Forwarded-For as plain
// addresses. Some proxies append the port ("203.0.113.9:4711"), with IPv6
// addresses in brackets. unread is called with each element that is not an
// address.
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
		// Clone: the outer middleware must see the original header.
		r = r.Clone(r.Context())
		r.Header.Set(forwardedFor, strings.Join(elements, ", "))
		next.ServeHTTP(w, r)
	})
}

// forwardedAddress parses an address with or without port, brackets or quotes.
func forwardedAddress(text string) (netip.Addr, bool) {
	text = strings.Trim(text, `"`)
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr(), true
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return address, err == nil
}

// limited is a middleware that allows perMinute requests per key, and answers
// others with 429 and Retry-After.
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

// byAddress returns the client's IPv4 address or IPv6 /64 network as the rate
// limit's key: a client with one address of such a network usually has all of
// them.
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
	seconds := int((wait + time.Second - 1) / time.Second) // rounded up: an early retry would be refused again
	s.answer(w, r, &problem{
		status: http.StatusTooManyRequests, title: "Too many requests", retryAfter: time.Duration(seconds) * time.Second,
		message: "Try again in " + templates.Count(seconds, "second", "seconds") + ".", done: nothingChanged,
	})
}
