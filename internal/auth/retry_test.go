package auth_test

import (
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"wallaroo-user-admin/internal/auth"
)

// reset breaks the connection off.
func reset(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// failing answers with a fault so many times, and then as the provider does.
func (s *testSite) failing(path string, times int, fault http.HandlerFunc) {
	left := times
	s.fails(path, func(w http.ResponseWriter, r *http.Request) {
		if left--; left == 0 {
			s.works(path)
		}
		fault(w, r)
	})
}

func TestReadsFromTheProviderAreTriedAgainOnce(t *testing.T) {
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

func TestWhatASecondTryWouldNotHelpIsNotTriedAgain(t *testing.T) {
	wantsAPause := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	for _, path := range []string{discovery, "/certs"} {
		for name, row := range map[string]struct {
			fault http.HandlerFunc
			asked int
		}{
			"two broken connections": {reset, 2},
			"502 for longer":         {answerWith(502, "text/html", farText)(t), 2},
			"500":                    {answerWith(500, "text/html", farText)(t), 1},
			"429":                    {answerWith(429, "text/html", farText)(t), 1},
			"404":                    {answerWith(404, "text/html", farText)(t), 1},
			"HTML":                   {answerWith(200, "text/html", farText)(t), 1},
			"503 with a pause":       {wantsAPause, 1},
			"more than is read":      {answerWith(200, "application/json", string(make([]byte, 2<<20)))(t), 1},
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

// A code and a refresh token count once: sent again, they would end the session.
func TestTheTokenEndpointIsNeverAskedAgain(t *testing.T) {
	for name, fault := range map[string]http.HandlerFunc{
		"a broken connection": reset,
		"502":                 answerWith(502, "text/html", farText)(t),
		"503":                 answerWith(503, "text/html", farText)(t),
		"504":                 answerWith(504, "text/html", farText)(t),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *testSite) {
				s.fails("/token", fault)
				if a := s.visitor().signIn(); a.kind() != auth.ProviderUnavailable || s.provider.count("/token") != 1 {
					t.Errorf("a code: %d %q, %d token calls", a.status, a.kind(), s.provider.count("/token"))
				}
				s.works("/token")
				b := signedIn(s, 1, 0)[0]
				s.fails("/token", fault)
				if a := b.get("/page"); a.kind() != auth.ProviderUnavailable || s.provider.count("/token") != 3 {
					t.Errorf("a refresh token: %d %q, %d token calls", a.status, a.kind(), s.provider.count("/token"))
				}
			})
		})
	}
}

// Two tries have no more time than one.
func TestASecondTryIsOverWithinTheTimeOut(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		s.failing(discovery, 1, func(_ http.ResponseWriter, r *http.Request) {
			s.fails(discovery, hang(t))
			time.Sleep(limit / 2)
			panic(http.ErrAbortHandler)
		})
		takes(t, limit, auth.ProviderUnavailable, func() seen { return s.visitor().get("/login") })
	})
}

// Many who met the same failure must not all come back at the same moment.
func TestPausesBeforeASecondTryAreRandom(t *testing.T) {
	var pauses []time.Duration
	for range 8 {
		inBubble(t, func(t *testing.T, s *testSite) {
			var first time.Time
			s.fails(discovery, func(w http.ResponseWriter, r *http.Request) {
				if first.IsZero() {
					first = time.Now()
				} else {
					pauses = append(pauses, time.Since(first))
				}
				reset(w, r)
			})
			s.visitor().get("/login")
		})
	}
	slices.Sort(pauses)
	if len(pauses) != 8 || pauses[0] < 20*time.Millisecond || pauses[7] > time.Second || pauses[0] == pauses[7] {
		t.Errorf("%s", pauses)
	}
}

// Over a real connection: an answer that breaks off in its middle is a broken connection.
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
