package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"wallaroo-user-admin/internal/auth"
)

func TestSec34_TheAPIGetsTheAccessToken(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	if token := b.mustSee()["token"]; token == "" || token != s.memory.value(auth.KeyAccessToken) {
		t.Errorf("token %q", token)
	}
}

func TestSec35_AnEndingTokenIsRenewedBeforeUse(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	first, spent := b.mustSee()["token"], s.memory.value(auth.KeyRefreshToken)
	s.clock.advance(testLife - 11*time.Second)
	if b.mustSee()["token"] != first {
		t.Error("renewed before its time")
	}
	s.clock.advance(2 * time.Second)
	second := b.mustSee()["token"]
	if second == first || s.memory.value(auth.KeyRefreshToken) == spent {
		t.Error("not renewed, or the spent refresh token was kept")
	}
	t.Run("an answer without a refresh token keeps the one there is", func(t *testing.T) {
		s.provider.set(func() { s.provider.noRefresh = true })
		kept := s.memory.value(auth.KeyRefreshToken)
		for range 3 {
			s.clock.advance(testLife)
			b.mustSee()
		}
		if s.memory.value(auth.KeyRefreshToken) != kept {
			t.Error("the refresh token was lost")
		}
	})
	t.Run("an answer without an ID token keeps who it is", func(t *testing.T) {
		s.provider.set(func() { s.provider.answer = func(a map[string]any) { delete(a, "id_token") } })
		s.clock.advance(testLife)
		if b.mustSee()["who"] != "Ada Admin" || s.memory.value(auth.KeyIDToken) == "" {
			t.Error("the identity was lost")
		}
	})
	t.Run("a token shorter than the margin is not renewed on every request", func(t *testing.T) {
		s := newSite(t, func(o *auth.Options) { o.RefreshMargin = time.Hour })
		b := s.browser()
		b.mustSignIn()
		for range 5 {
			b.mustSee()
		}
		if n := s.provider.count("/token"); n != 1 {
			t.Errorf("%d token calls", n)
		}
	})
}

// hammer sends n requests, several at a time, and advances the clock past the token's expiry between waves.
func hammer(t *testing.T, browsers []*browser, c *clock, waves, each int) {
	t.Helper()
	for range waves {
		c.advance(testLife - 5*time.Second)
		var wg sync.WaitGroup
		for i := range each {
			wg.Go(func() {
				if a := browsers[i%len(browsers)].get("/page"); a.status != http.StatusOK {
					t.Errorf("%d %q\n%s", a.status, a.kind(), a.body)
				}
			})
		}
		wg.Wait()
	}
}

func TestSec36_OneRefreshPerExpiryOver500Requests(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	const waves = 5
	hammer(t, []*browser{b}, s.clock, waves, 100)
	if n := s.provider.count("/token") - 1; n != waves {
		t.Errorf("%d refreshes over %d expiries", n, waves)
	}
}

func TestSec36_OneRefreshPerExpiryOverTwoReplicas(t *testing.T) {
	s := newSite(t)
	replica := siteOf(t, s.provider, s.memory)
	b := s.browser()
	b.mustSignIn()
	// Cookies don't know ports, so the same jar is signed in at both.
	other := &browser{t: t, site: replica, client: b.client}
	const waves = 5
	hammer(t, []*browser{b, other}, s.clock, waves, 60)
	if n := s.provider.count("/token") - 1; n != waves {
		t.Errorf("%d refreshes over %d expiries\n%s\n%s", n, waves, s.log, replica.log)
	}
}

func TestSec37_ARefusedRefreshEndsTheSession(t *testing.T) {
	for name, fault := range map[string]func(*testing.T) http.HandlerFunc{
		"invalid_grant with 400": answerWith(400, "application/json", `{"error":"invalid_grant"}`),
		"invalid_grant with 401": answerWith(401, "application/json", `{"error":"invalid_grant"}`),
		"invalid_request":        answerWith(400, "application/json", `{"error":"invalid_request"}`),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.browser()
			b.mustSignIn()
			s.provider.set(func() { s.provider.endpoint["/token"] = fault(t) })
			s.clock.advance(testLife - 5*time.Second)
			if a := b.get("/page"); a.kind() != auth.SignInNeeded || s.memory.count() != 0 {
				t.Errorf("%d %q, %d sessions", a.status, a.kind(), s.memory.count())
			}
			s.provider.set(func() { delete(s.provider.endpoint, "/token") })
			b.mustSignIn()
			b.mustSee()
		})
	}
	t.Run("no refresh token", func(t *testing.T) {
		s := newSite(t)
		s.provider.answer = func(a map[string]any) { delete(a, "refresh_token") }
		b := s.browser()
		b.mustSignIn()
		s.clock.advance(2 * testLife)
		if a := b.get("/page"); a.kind() != auth.SignInNeeded || s.memory.count() != 0 {
			t.Errorf("%d %q", a.status, a.kind())
		}
	})
}

func TestSec37_AProviderThatIsDownEndsNoSession(t *testing.T) {
	for name, fault := range providerFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, timeoutFor(name))
			b := s.browser()
			b.mustSignIn()
			token := b.mustSee()["token"]
			s.provider.set(func() { s.provider.endpoint["/token"] = fault(t) })
			s.clock.advance(testLife - 5*time.Second)
			if got := b.mustSee()["token"]; got != token {
				t.Error("the live token was not used on")
			}
			s.clock.advance(10 * time.Second)
			if a := b.get("/page"); a.kind() != auth.ProviderUnavailable {
				t.Errorf("with an ended token: %d %q", a.status, a.kind())
			}
			s.provider.set(func() { delete(s.provider.endpoint, "/token") })
			if got := b.mustSee()["token"]; got == token {
				t.Error("an ended token was used")
			}
		})
	}
}

func TestSec37_AnEndedTokenOutOfARefreshIsNotUsed(t *testing.T) {
	s := newSite(t, func(o *auth.Options) { o.AdminRoles = nil })
	b := s.browser()
	b.mustSignIn()
	s.provider.set(func() {
		s.provider.signAcc = func(map[string]any) string { return "opaque" }
		s.provider.answer = func(a map[string]any) { a["expires_in"] = -5 }
	})
	s.clock.advance(2 * testLife)
	if a := b.get("/page"); a.kind() != auth.ProviderUnavailable {
		t.Errorf("%d %q", a.status, a.kind())
	}
	if n := s.provider.count("/token"); n != 2 {
		t.Errorf("%d token calls for one request", n-1)
	}
}

func TestSec38_ARenewedIDTokenMustBeOfTheSameUser(t *testing.T) {
	for name, spoil := range map[string]func(p *fakeProvider){
		"another iss": claim("iss", "https://evil.example"),
		"another sub": claim("sub", "u-2"),
		"another aud": claim("aud", "another"),
		"another sub in both tokens": func(p *fakeProvider) {
			claim("sub", "u-2")(p)
			p.accClaims = func(c map[string]any) { c["sub"] = "u-2" }
		},
		"another nonce":      claim("nonce", "another"),
		"no iat":             without("iat"),
		"a wrong at_hash":    claim("at_hash", "another"),
		"an ID token in bad": func(p *fakeProvider) { p.answer = func(a map[string]any) { a["id_token"] = 5 } },
		"a stranger's signature": func(p *fakeProvider) {
			p.sign = func(c map[string]any) string { return signed(p.t, jose.RS256, keys()[2], p.kid, "JWT", c) }
		},
		"an access token of somebody else": func(p *fakeProvider) { p.accClaims = func(c map[string]any) { c["sub"] = "u-2" } },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.browser()
			b.mustSignIn()
			s.provider.set(func() { spoil(s.provider) })
			s.clock.advance(testLife - 5*time.Second)
			if a := b.get("/page"); a.kind() != auth.SignInNeeded || s.memory.count() != 0 {
				t.Errorf("%d %q, %d sessions", a.status, a.kind(), s.memory.count())
			}
		})
	}
	t.Run("without a nonce is right", func(t *testing.T) {
		s := newSite(t)
		b := s.browser()
		b.mustSignIn()
		s.provider.set(func() { without("nonce")(s.provider) })
		s.clock.advance(testLife)
		b.mustSee()
	})
}

func TestSec40_RolesAreReadAgainAfterEachRefresh(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	s.provider.set(func() { s.provider.roles = []any{} })
	b.mustSee()
	s.clock.advance(testLife - 5*time.Second)
	if a := b.get("/page"); a.kind() != auth.NotAdministrator {
		t.Errorf("%d %q", a.status, a.kind())
	}
	s.provider.set(func() { s.provider.roles = []any{"admin"} })
	s.clock.advance(testLife)
	b.mustSee()
}

func TestSec24_ARejectedTokenIsRenewedOnce(t *testing.T) {
	t.Run("the next token is another", func(t *testing.T) {
		s := newSite(t)
		b := s.browser()
		b.mustSignIn()
		before := b.mustSee()["token"]
		if a := b.get("/rejected"); a.status != http.StatusOK || a.body == before || s.provider.count("/token") != 2 {
			t.Errorf("%d %q, %d token calls", a.status, a.body, s.provider.count("/token"))
		}
	})
	t.Run("a provider that gives the same again ends in sign-in", func(t *testing.T) {
		s := newSite(t, func(o *auth.Options) { o.AdminRoles = nil })
		s.provider.signAcc = func(map[string]any) string { return "always the same" }
		b := s.browser()
		b.mustSignIn()
		if a := b.get("/rejected"); a.kind() != auth.SignInNeeded || s.provider.count("/token") != 2 {
			t.Errorf("%d %q, %d token calls", a.status, a.kind(), s.provider.count("/token"))
		}
	})
	t.Run("a renewed token that is rejected too is told apart from a session that ended", func(t *testing.T) {
		s, i := signedInIdentity(t)
		first, err := i.Token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		second, err := i.Renew(t.Context(), first)
		if err != nil || second == first {
			t.Fatalf("%v, same: %v", err, second == first)
		}
		if again, err := i.Renew(t.Context(), first); err != nil || again != second {
			t.Errorf("a second caller with the old token: %v, another: %v", err, again != second)
		}
		if _, err := i.Renew(t.Context(), second); !errors.Is(err, auth.TokenRefused) {
			t.Errorf("%v", err)
		}
		if n := s.provider.count("/token"); n != 2 {
			t.Errorf("%d token calls", n)
		}
	})
	t.Run("many at once share the renewal", func(t *testing.T) {
		s, i := signedInIdentity(t)
		first, _ := i.Token(t.Context())
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if token, err := i.Renew(t.Context(), first); err != nil || token == first {
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		if n := s.provider.count("/token"); n != 2 {
			t.Errorf("%d token calls", n)
		}
	})
}

// signedInIdentity returns the identity of a request, for API calls as a handler makes them, also after the request.
func signedInIdentity(t *testing.T) (*testSite, *auth.Identity) {
	t.Helper()
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	got := make(chan *auth.Identity, 1)
	h := s.rp.Require(writeError)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- auth.From(r.Context()) }))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.srv.URL+"/page", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	h.ServeHTTP(nil, r)
	return s, <-got
}

func TestAnIdentityOutlivesItsRequest(t *testing.T) {
	s, i := signedInIdentity(t)
	first, err := i.Token(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s.clock.advance(testLife)
	if second, err := i.Token(context.Background()); err != nil || second == first {
		t.Errorf("%v, same: %v", err, second == first)
	}
	s.provider.set(func() { s.provider.roles = nil })
	s.clock.advance(testLife)
	// One of several calls of a page learns of it first; the others must not go on with the token that lacks the role.
	for range 2 {
		if _, err := i.Token(context.Background()); !errors.Is(err, auth.NotAdministrator) {
			t.Errorf("without the role: %v", err)
		}
	}
}

func TestACancelledRequestWastesNoRefreshToken(t *testing.T) {
	s, i := signedInIdentity(t)
	entered, goOn := make(chan struct{}), make(chan struct{})
	s.provider.set(func() {
		s.provider.endpoint["/token"] = func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			<-goOn
			s.provider.mu.Lock()
			defer s.provider.mu.Unlock()
			s.provider.serveToken(w, r)
		}
	})
	spent := s.memory.value(auth.KeyRefreshToken)
	s.clock.advance(testLife)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	if _, err := i.Token(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(goOn)
	if err := s.rp.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now := s.memory.value(auth.KeyRefreshToken); now == spent || now == "" {
		t.Error("the rotated refresh token was lost")
	}
	s.provider.set(func() { delete(s.provider.endpoint, "/token") })
	if _, err := i.Token(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestARotatedRefreshTokenSurvives(t *testing.T) {
	t.Run("a session written meanwhile", func(t *testing.T) {
		s := newSite(t)
		b := s.browser()
		b.mustSignIn()
		var once sync.Once
		s.memory.replaced = func() { once.Do(s.memory.touch) }
		s.clock.advance(testLife)
		b.mustSee()
		s.clock.advance(testLife)
		b.mustSee()
	})
	t.Run("a store that fails for a moment", func(t *testing.T) {
		s := newSite(t)
		b := s.browser()
		b.mustSignIn()
		tries := 0
		s.memory.replaced = func() {
			tries++
			s.memory.setBroken(tries < 3)
		}
		s.clock.advance(testLife)
		b.mustSee()
		if tries != 3 {
			t.Errorf("%d tries", tries)
		}
	})
	t.Run("keys that can't be read when they have rotated", func(t *testing.T) {
		s := newSite(t)
		b := s.browser()
		b.mustSignIn()
		s.provider.set(func() {
			s.provider.key, s.provider.kid = keys()[1], "k2"
			s.provider.endpoint["/certs"] = answerWith(503, "text/plain", "")(t)
		})
		s.clock.advance(testLife)
		if a := b.get("/page"); a.kind() != auth.ProviderUnavailable {
			t.Errorf("%d %q", a.status, a.kind())
		}
		s.provider.set(func() { delete(s.provider.endpoint, "/certs") })
		b.mustSee()
	})
}

func TestASignOutDuringARenewalIsNotUndone(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	var once sync.Once
	s.memory.replaced = func() {
		once.Do(func() {
			if _, err := s.memory.EndBySubject(t.Context(), "u-1"); err != nil {
				t.Error(err)
			}
		})
	}
	s.clock.advance(testLife)
	if a := b.get("/page"); a.kind() != auth.SignInNeeded || s.memory.count() != 0 {
		t.Errorf("%d %q, %d sessions", a.status, a.kind(), s.memory.count())
	}
}

// A token that expires while its renewal is waited for does not end the wait.
func TestATokenThatEndsDuringItsRenewalIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	release := holds(t, s.memory)
	// Of one to two seconds, since tokens end at whole ones, half is waited for. Should the request come after their end,
	// it has no token from the start, and waits as well.
	s.clock.advance(testLife - 2*time.Second)
	answered := make(chan seen, 1)
	go func() { answered <- b.get("/page") }()
	time.Sleep(50 * time.Millisecond)
	s.clock.advance(2 * time.Second)
	time.Sleep(1200 * time.Millisecond)
	release()
	if a := <-answered; a.status != http.StatusOK {
		t.Errorf("%d %q", a.status, a.kind())
	}
}

func TestSec31_SessionsDontMix(t *testing.T) {
	s := newSite(t)
	browsers := map[string]*browser{}
	for n := range 5 {
		name := fmt.Sprint("user ", n)
		s.provider.set(func() { s.provider.user = map[string]any{"sub": name, "name": name, "email": "x@example.com"} })
		browsers[name] = s.browser()
		browsers[name].mustSignIn()
	}
	s.clock.advance(testLife - 5*time.Second)
	var wg sync.WaitGroup
	for name, b := range browsers {
		for range 20 {
			wg.Go(func() {
				if a := b.get("/page"); a.status != http.StatusOK {
					t.Errorf("%d %q", a.status, a.kind())
				} else if want := `"key":"` + s.provider.issuer() + `\n` + name + `"`; !strings.Contains(a.body, want) {
					t.Errorf("%s sees %s", name, a.body)
				}
			})
		}
	}
	wg.Wait()
}

func TestASessionOfAnotherIssuerIsNone(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	moved := siteOf(t, newProvider(t, s.clock), s.memory)
	other := &browser{t: t, site: moved, client: b.client}
	if a := other.get("/page"); a.kind() != auth.SignInNeeded {
		t.Errorf("%d %q", a.status, a.kind())
	}
}
