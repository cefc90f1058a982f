package auth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"wallaroo-user-admin/internal/auth"
)

const (
	discovery = "/.well-known/openid-configuration"
	// aWhile is longer than a provider is left alone for, and no longer than anybody should wait for it to be asked
	// again.
	aWhile = 10 * time.Second
	// shared and single are how many time-outs in a row it takes, of reads that many share and of other calls.
	shared, single = 2, 5
)

func TestSec20_ASignInDoesNotWaitForADiscoveryThatIsKnownToHang(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		login := func() seen { return s.visitor().get("/login") }
		s.fails(discovery, hang(t))
		for range shared {
			takes(t, limit, auth.ProviderUnavailable, login)
		}
		for range 3 {
			takes(t, 0, auth.ProviderUnavailable, login)
		}
		if n := s.provider.count(discovery); n != shared {
			t.Errorf("asked %d times", n)
		}
		// After a rest one visitor finds out, and holds up nobody else.
		time.Sleep(aWhile)
		found := make(chan seen, 1)
		go func() { found <- login() }()
		synctest.Wait()
		for range 3 {
			takes(t, 0, auth.ProviderUnavailable, login)
		}
		if a := <-found; a.kind() != auth.ProviderUnavailable || s.provider.count(discovery) != shared+1 {
			t.Errorf("%d %q, asked %d times", a.status, a.kind(), s.provider.count(discovery))
		}
		s.works(discovery)
		time.Sleep(aWhile)
		s.visitor().mustSignIn()
	})
}

func TestSec20_ASignInDoesNotWaitForATokenEndpointThatIsKnownToHang(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		signIn := func() seen { return s.visitor().signIn() }
		s.fails("/token", hang(t))
		for range single {
			takes(t, limit, auth.ProviderUnavailable, signIn)
		}
		takes(t, 0, auth.ProviderUnavailable, signIn)
		if n := s.provider.count("/token"); n != single {
			t.Errorf("%d token calls", n)
		}
		s.works("/token")
		time.Sleep(aWhile)
		s.visitor().mustSignIn()
		// What was counted before is forgotten.
		s.fails("/token", hang(t))
		for range single {
			takes(t, limit, auth.ProviderUnavailable, signIn)
		}
		takes(t, 0, auth.ProviderUnavailable, signIn)
	})
}

func TestSec20_ASignInDoesNotWaitForKeysThatAreKnownToHang(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		signIn := func() seen { return s.visitor().signIn() }
		s.fails("/certs", hang(t))
		for range shared {
			takes(t, limit, auth.ProviderUnavailable, signIn)
		}
		takes(t, 0, auth.ProviderUnavailable, signIn)
		s.works("/certs")
		time.Sleep(aWhile)
		s.visitor().mustSignIn()
	})
}

// A failing userinfo endpoint does not fail a sign-in.
func TestSec20_ASignInDoesNotWaitForUserinfoThatIsKnownToHang(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		s.provider.idClaims = func(c map[string]any) { delete(c, "email") }
		s.fails("/userinfo", hang(t))
		for n := range single + 2 {
			want := limit
			if n >= single {
				want = 0
			}
			if a := takes(t, want, "", func() seen { return s.visitor().signIn() }); a.status != http.StatusSeeOther {
				t.Errorf("%d", a.status)
			}
		}
		s.works("/userinfo")
		time.Sleep(aWhile)
		b := s.visitor()
		b.mustSignIn()
		if b.mustSee()["email"] != "admin@example.com" {
			t.Error("userinfo is not asked again")
		}
	})
}

// signedIn returns n browsers, each with a session whose access token has the given time left.
func signedIn(s *testSite, n int, left time.Duration) []*browser {
	all := make([]*browser, n)
	for i := range all {
		all[i] = s.visitor()
		all[i].mustSignIn()
	}
	time.Sleep(testLife - left)
	return all
}

// A renewal that is not sent uses no refresh token: this provider ends the session when a refresh token is reused.
func TestSec20_37_ARenewalDoesNotWaitForAProviderThatIsKnownToHangAndLosesNoSession(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		all := signedIn(s, single+3, 0)
		before := s.provider.count("/token")
		s.fails("/token", hang(t))
		for _, b := range all[:single] {
			takes(t, limit, auth.ProviderUnavailable, func() seen { return b.get("/page") })
		}
		for _, b := range all {
			takes(t, 0, auth.ProviderUnavailable, func() seen { return b.get("/page") })
		}
		if n := s.provider.count("/token") - before; n != single || s.memory.count() != len(all) {
			t.Errorf("%d token calls, %d sessions", n, s.memory.count())
		}
		s.works("/token")
		time.Sleep(aWhile)
		for _, b := range all {
			b.mustSee()
		}
	})
}

// While a provider hangs after issuing tokens, only the requests it received used their refresh token.
func TestSec20_36_ARenewalThatWasNotSentIsSentLater(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		all := signedIn(s, single+1, 0)
		s.fails("/token", func(w http.ResponseWriter, r *http.Request) {
			s.provider.mu.Lock()
			s.provider.serveToken(w, r)
			s.provider.mu.Unlock()
			<-r.Context().Done()
		})
		for _, b := range all[:single] {
			takes(t, limit, auth.ProviderUnavailable, func() seen { return b.get("/page") })
		}
		unsent := all[single]
		takes(t, 0, auth.ProviderUnavailable, func() seen { return unsent.get("/page") })
		s.works("/token")
		time.Sleep(aWhile)
		unsent.mustSee()
	})
}

func TestSec20_37_ALiveTokenIsUsedWhileTheProviderIsNotAsked(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		b := signedIn(s, 1, 9*time.Second+limit)[0]
		token := b.mustSee()["token"]
		s.fails("/token", hang(t))
		var others sync.WaitGroup
		for range single {
			others.Go(func() { s.visitor().signIn() })
		}
		others.Wait() // the token has nine seconds left, and is due
		var shown map[string]string
		takes(t, 0, "", func() seen { shown = b.mustSee(); return seen{} })
		if shown["token"] != token || s.provider.count("/token") != single+1 {
			t.Errorf("the same token: %v, %d token calls", shown["token"] == token, s.provider.count("/token"))
		}
	})
}

// A page makes several calls at once. If one was not sent, the page gets that answer for all of them.
func TestSec36_RequestsOfOneSessionShareThatItsRenewalWasNotSent(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		all := signedIn(s, single+1, 0)
		s.fails("/token", hang(t))
		for _, b := range all[:single] {
			b.get("/page")
		}
		leases, goOn := 0, make(chan struct{})
		s.memory.set(func() {
			s.memory.leasing = func(context.Context) error {
				leases++
				<-goOn
				return nil
			}
		})
		var requests sync.WaitGroup
		for range 20 {
			requests.Go(func() {
				if a := all[single].get("/page"); a.kind() != auth.ProviderUnavailable {
					t.Errorf("%d %q", a.status, a.kind())
				}
			})
		}
		synctest.Wait() // all of them wait for one
		close(goOn)
		requests.Wait()
		if leases != 1 {
			t.Errorf("%d renewals were tried", leases)
		}
	})
}

func TestCancelledCallsDoNotOpenTheBreaker(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		s.fails("/token", hang(t))
		for range 4 * single {
			b := s.visitor()
			callback := b.start("/login")
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, callback, nil)
			if err != nil {
				t.Fatal(err)
			}
			if resp, err := b.client.Do(r); !errors.Is(err, context.Canceled) {
				_ = resp.Body.Close()
				t.Fatalf("%v", err)
			}
		}
		s.works("/token")
		s.visitor().mustSignIn()
	})
}

func TestImmediateErrorsDoNotOpenTheBreaker(t *testing.T) {
	for _, path := range []string{discovery, "/certs", "/token"} {
		t.Run(path, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *testSite) {
				s.fails(path, answerWith(500, "text/html", farText)(t))
				for range 4 * single {
					b := s.visitor()
					if a := b.get("/login"); path == discovery {
						if a.kind() != auth.ProviderUnavailable {
							t.Fatalf("%d %q", a.status, a.kind())
						}
						continue
					}
					b.signIn()
				}
				s.works(path)
				s.visitor().mustSignIn()
			})
		})
	}
}

func TestABackChannelLogoutWorksAgainByItself(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		s.fails(discovery, hang(t))
		logout := func() seen {
			token := signed(t, jose.RS256, s.provider.key, s.provider.kid, "logout+jwt", s.provider.logoutToken(func(c map[string]any) { c["sub"] = "u-1" }))
			return s.visitor().post("/backchannel-logout", logoutForm(token))
		}
		for range shared {
			if a := takes(t, limit, "", logout); a.status != http.StatusServiceUnavailable {
				t.Errorf("%d", a.status)
			}
		}
		if a := takes(t, 0, "", logout); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") != "5" {
			t.Errorf("%d, Retry-After %q", a.status, a.header.Get("Retry-After"))
		}
		s.works(discovery)
		time.Sleep(aWhile)
		b := s.visitor()
		b.mustSignIn()
		if a := logout(); a.status != http.StatusOK || s.memory.count() != 0 {
			t.Errorf("%d %s", a.status, fmt.Sprint(s.memory.count()))
		}
	})
}
