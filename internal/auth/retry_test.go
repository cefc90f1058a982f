package auth_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/testing/cut"
)

// reset breaks the connection.
func reset(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// failing answers with a fault n times, and then as the provider does.
func (s *testSite) failing(path string, times int, fault http.HandlerFunc) {
	left := times
	s.fails(path, func(w http.ResponseWriter, r *http.Request) {
		if left--; left == 0 {
			s.works(path)
		}
		fault(w, r)
	})
}

func TestReadsFromTheProviderAreRetried(t *testing.T) {
	passing := map[string]http.HandlerFunc{
		"a broken connection": reset,
		"502":                 answerWith(502, "text/html", farText)(t),
		"503":                 answerWith(503, "text/html", farText)(t),
		"504":                 answerWith(504, "text/html", farText)(t),
	}
	for _, path := range []string{discovery, "/certs", "/userinfo"} {
		for name, fault := range passing {
			t.Run(path+" "+name, func(t *testing.T) {
				inBubble(t, func(t *testing.T, s *testSite) {
					s.provider.idClaims = func(c map[string]any) { delete(c, "email") }
					s.failing(path, 1, fault)
					b := s.visitor()
					b.mustSignIn()
					if email := b.mustSee()["email"]; s.provider.count(path) != 2 || email != "admin@example.com" {
						t.Errorf("asked %d times, email %q", s.provider.count(path), email)
					}
				})
			})
		}
	}
}

func TestARetriedReadFailsAfterThreeTriesAndOtherFailuresAtOnce(t *testing.T) {
	wantsAPause := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	for _, path := range []string{discovery, "/certs"} {
		for name, row := range map[string]struct {
			fault http.HandlerFunc
			asked int
		}{
			"broken connections": {reset, 3},
			"502 for longer":     {answerWith(502, "text/html", farText)(t), 3},
			"429 for longer":     {answerWith(429, "text/html", farText)(t), 3},
			"500":                {answerWith(500, "text/html", farText)(t), 1},
			"404":                {answerWith(404, "text/html", farText)(t), 1},
			"HTML":               {answerWith(200, "text/html", farText)(t), 1},
			"503 with a pause":   {wantsAPause, 1},
			"more than is read":  {answerWith(200, "application/json", string(make([]byte, 2<<20)))(t), 1},
			"an answer too late": {func(_ http.ResponseWriter, r *http.Request) {
				<-r.Context().Done()
			}, 1},
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				inBubble(t, func(t *testing.T, s *testSite) {
					s.fails(path, row.fault)
					b := s.visitor()
					a := b.get("/login")
					if path != discovery {
						a = b.signIn()
					}
					if a.kind() != auth.ProviderUnavailable || s.provider.count(path) != row.asked {
						t.Errorf("%d %q, asked %d times", a.status, a.kind(), s.provider.count(path))
					}
				})
			})
		}
	}
}

// detour sends requests for the token endpoint to a server that cuts them off.
type detour struct {
	http.RoundTripper
	to atomic.Pointer[cut.Server]
}

func (d *detour) RoundTrip(r *http.Request) (*http.Response, error) {
	to := d.to.Load()
	if to == nil || !strings.HasSuffix(r.URL.Path, "/token") {
		return d.RoundTripper.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.URL.Host = strings.TrimPrefix(to.URL, "http://")
	return to.Transport.RoundTrip(r)
}

// Authorization codes and refresh tokens are for one use: sending one again would end the session.
func TestATokenRequestArrivesOnceWhereverItFails(t *testing.T) {
	for _, way := range cut.Ways() {
		t.Run(way.Name, func(t *testing.T) {
			t.Parallel()
			token := &detour{}
			s := newSite(t, func(o *auth.Options) {
				token.RoundTripper, o.Transport = o.Transport, token
				if o.Timeout = 30 * time.Second; way.Hangs {
					o.Timeout = 3 * time.Second
				}
			})
			b := s.browser()
			b.mustSignIn()
			s.clock.advance(testLife)
			for what, ask := range map[string]func() seen{
				"a code":          func() seen { return s.browser().signIn() },
				"a refresh token": func() seen { return b.get("/page") },
			} {
				token.to.Store(cut.Serve(t, way))
				if a := ask(); a.kind() != auth.ProviderUnavailable || !way.Allows(token.to.Load().Arrived()) {
					t.Errorf("%s arrived %d times: %d %q", what, token.to.Load().Arrived(), a.status, a.kind())
				}
			}
		})
	}
}

// Over a real connection, an answer that breaks off is reported as a broken connection.
func TestAReadThatBreaksOffIsTriedAgain(t *testing.T) {
	s := newSite(t)
	s.failing(discovery, 1, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"issuer":"`)
	})
	s.browser().mustSignIn()
	if n := s.provider.count(discovery); n != 2 {
		t.Errorf("asked %d times", n)
	}
}
