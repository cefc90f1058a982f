package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httprate"

	"wallaroo-user-admin/internal/auth"
)

// How often one may ask, in a minute and on each replica. People stay far below;
// what is above is a loop or an attack, and costs the provider or the API.
const (
	signInsAMinute = 300 // of one address, behind which an office may be
	changesAMinute = 240 // of one administrator
	logoutsAMinute = 600 // back-channel, of one address: the provider
)

// withClientIP finds out who asks: whoever connects, or whom a trusted proxy
// names. Without a trusted proxy, headers that name somebody mean nothing.
func (s *site) withClientIP() func(http.Handler) http.Handler {
	if len(s.TrustedProxies) == 0 {
		return middleware.ClientIPFromRemoteAddr
	}
	prefixes := make([]string, len(s.TrustedProxies))
	for i, p := range s.TrustedProxies {
		prefixes[i] = p.String()
	}
	return middleware.ClientIPFromXFF(prefixes...)
}

// limited lets so many requests a minute of one key through, and answers the
// others with a page that says when to try again.
func (s *site) limited(perMinute int, key httprate.KeyFunc) func(http.Handler) http.Handler {
	return httprate.LimitBy(perMinute, time.Minute, key, httprate.WithLimitHandler(s.tooMany))
}

func byAddress(r *http.Request) (string, error) {
	return httprate.CanonicalizeIP(middleware.GetClientIP(r.Context())), nil
}

func byAdministrator(r *http.Request) (string, error) {
	return auth.From(r.Context()).Key(), nil
}

func (s *site) tooMany(w http.ResponseWriter, r *http.Request) {
	wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
	if err != nil {
		wait = 60
	}
	again := time.Duration(wait) * time.Second
	s.answer(w, r, &problem{
		status: http.StatusTooManyRequests, title: "Too many requests", retryAfter: again,
		message: "Try again in " + distance(again) + ".", done: nothingChanged,
	})
}

// onlyChanges guards what changes something, and lets reads pass.
func onlyChanges(guard func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		guarded := guard(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				guarded.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// signInRoutes are the ways in, each of which can make the provider work.
func (s *site) signInRoutes(r chi.Router) {
	r.Use(s.limited(signInsAMinute, byAddress))
	s.get(r, "/login", s.signIn)
	s.get(r, "/callback", s.callback)
}
