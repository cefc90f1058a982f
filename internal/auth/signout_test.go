package auth_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"wallaroo-user-admin/internal/auth"
)

func TestSec47_SignOutEndsTheSessionOnTheServer(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	home, _ := url.Parse(s.srv.URL)
	copied := b.client.Jar.Cookies(home)
	b.post("/logout", nil)
	if n := len(b.client.Jar.Cookies(home)); n != 0 || s.memory.count() != 0 {
		t.Errorf("%d cookies, %d sessions", n, s.memory.count())
	}
	b.client.Jar.SetCookies(home, copied)
	if a := b.get("/page"); a.kind() != auth.SignInNeeded {
		t.Errorf("a copied cookie shows %d", a.status)
	}
}

func TestSec48_SignOutGoesOnToTheProvider(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	hint := s.memory.value(auth.KeyIDToken)
	next, err := url.Parse(b.post("/logout", url.Values{"post_logout_redirect_uri": {"https://evil.example"}}).body)
	if err != nil {
		t.Fatal(err)
	}
	q := next.Query()
	if !strings.HasPrefix(next.String(), s.provider.issuer()+"/logout?") || hint == "" || q.Get("id_token_hint") != hint ||
		q.Get("client_id") != testClient || q.Get("post_logout_redirect_uri") != s.srv.URL+"/signed-out" {
		t.Errorf("next %s", next)
	}
	for name, spoil := range map[string]func(map[string]any){
		"no end of sessions":     func(d map[string]any) { delete(d, "end_session_endpoint") },
		"a script for an end":    func(d map[string]any) { d["end_session_endpoint"] = "javascript:alert(1)" },
		"an endpoint of no host": func(d map[string]any) { d["end_session_endpoint"] = "/logout" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.provider.discovery = spoil
			b := s.browser()
			b.mustSignIn()
			if next := b.post("/logout", nil).body; next != s.srv.URL+"/signed-out" {
				t.Errorf("next %q", next)
			}
		})
	}
}

func logoutForm(token string) url.Values { return url.Values{"logout_token": {token}} }

// twoSignedIn returns a site with two signed-in browsers of one user, and the provider's session of the first.
func twoSignedIn(t *testing.T) (s *testSite, first, second *browser, sid string) {
	t.Helper()
	s = newSite(t)
	first, second = s.browser(), s.browser()
	first.mustSignIn()
	sid = s.memory.value(auth.KeyProviderSession)
	second.mustSignIn()
	return s, first, second, sid
}

func (p *fakeProvider) sendLogout(b *browser, spoil func(map[string]any)) seen {
	token := signed(b.t, jose.RS256, p.key, p.kid, "logout+jwt", p.logoutToken(spoil))
	return b.post("/backchannel-logout", logoutForm(token))
}

func TestSec49_BackChannelLogoutEndsTheSessionsMeant(t *testing.T) {
	t.Run("by sid", func(t *testing.T) {
		s, first, second, sid := twoSignedIn(t)
		a := s.provider.sendLogout(s.browser(), func(c map[string]any) { c["sid"], c["sub"] = sid, "u-1" })
		if a.status != http.StatusOK || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v\n%s", a.status, a.header, s.log)
		}
		if a := first.get("/page"); a.kind() != auth.SignInNeeded {
			t.Errorf("the ended session shows %d", a.status)
		}
		second.mustSee()
	})
	t.Run("by sid alone", func(t *testing.T) {
		s, first, second, sid := twoSignedIn(t)
		if a := s.provider.sendLogout(s.browser(), func(c map[string]any) { c["sid"] = sid; delete(c, "sub") }); a.status != http.StatusOK {
			t.Errorf("%d", a.status)
		}
		if first.get("/page").kind() != auth.SignInNeeded {
			t.Error("the session lives on")
		}
		second.mustSee()
		var subjects []string
		for _, e := range s.heard() {
			if e.Action == auth.ActionSessionEnded {
				subjects = append(subjects, e.Subject)
			}
		}
		if !slices.Equal(subjects, []string{"u-1"}) {
			t.Errorf("told of %q", subjects)
		}
	})
	t.Run("by sub", func(t *testing.T) {
		s, first, second, _ := twoSignedIn(t)
		s.provider.set(func() { s.provider.user["sub"] = "u-2" })
		third := s.browser()
		third.mustSignIn()
		if a := s.provider.sendLogout(s.browser(), func(c map[string]any) { c["sub"] = "u-1" }); a.status != http.StatusOK {
			t.Errorf("%d", a.status)
		}
		if first.get("/page").kind() != auth.SignInNeeded || second.get("/page").kind() != auth.SignInNeeded {
			t.Error("a session of the subject lives")
		}
		third.mustSee()
	})
	t.Run("of nobody here", func(t *testing.T) {
		s, first, _, _ := twoSignedIn(t)
		if a := s.provider.sendLogout(s.browser(), func(c map[string]any) { c["sid"] = "unknown" }); a.status != http.StatusOK {
			t.Errorf("%d", a.status)
		}
		first.mustSee()
	})
}

func TestSec50_BadLogoutTokensEndNothing(t *testing.T) {
	const event = "http://schemas.openid.net/event/backchannel-logout"
	for name, spoil := range map[string]func(c map[string]any){
		"another iss":               func(c map[string]any) { c["iss"] = "https://evil.example" },
		"no iss":                    func(c map[string]any) { delete(c, "iss") },
		"another aud":               func(c map[string]any) { c["aud"] = "another" },
		"a further aud":             func(c map[string]any) { c["aud"] = []string{testClient, "another"} },
		"no aud":                    func(c map[string]any) { delete(c, "aud") },
		"another event":             func(c map[string]any) { c["events"] = map[string]any{"https://example.com/event": map[string]any{}} },
		"an event that is no map":   func(c map[string]any) { c["events"] = map[string]any{event: "yes"} },
		"events that are a list":    func(c map[string]any) { c["events"] = []any{event} },
		"no events":                 func(c map[string]any) { delete(c, "events") },
		"no iat":                    func(c map[string]any) { delete(c, "iat") },
		"iat in the future":         func(c map[string]any) { c["iat"] = time.Now().Add(time.Hour).Unix() },
		"no jti":                    func(c map[string]any) { delete(c, "jti") },
		"an empty jti":              func(c map[string]any) { c["jti"] = "" },
		"no exp":                    func(c map[string]any) { delete(c, "exp") },
		"expired":                   func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() },
		"neither sub nor sid":       func(c map[string]any) { delete(c, "sub") },
		"an empty sub":              func(c map[string]any) { c["sub"] = "" },
		"a nonce":                   func(c map[string]any) { c["nonce"] = "n" },
		"a nonce that is null":      func(c map[string]any) { c["nonce"] = nil },
		"an ID token by its claim":  func(c map[string]any) { c["typ"] = "ID" },
		"a sid that is no text":     func(c map[string]any) { c["sid"] = 5 },
		"an empty sid":              func(c map[string]any) { c["sid"] = "" },
		"a sid beside an empty sub": func(c map[string]any) { c["sid"], c["sub"] = "x", "" },
	} {
		t.Run(name, func(t *testing.T) {
			s, first, second, _ := twoSignedIn(t)
			a := s.provider.sendLogout(s.browser(), func(c map[string]any) { c["sub"] = "u-1"; spoil(c) })
			if a.status != http.StatusBadRequest || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%d %v", a.status, a.header)
			}
			first.mustSee()
			second.mustSee()
		})
	}
	good := func(s *testSite) map[string]any {
		return s.provider.logoutToken(func(c map[string]any) { c["sub"] = "u-1" })
	}
	for name, form := range map[string]func(s *testSite) url.Values{
		"a stranger's signature": func(s *testSite) url.Values {
			return logoutForm(signed(t, jose.RS256, keys()[2], "k1", "logout+jwt", good(s)))
		},
		"HMAC": func(s *testSite) url.Values {
			return logoutForm(signed(t, jose.HS256, []byte(testSecret+testSecret), "k1", "logout+jwt", good(s)))
		},
		"RS512": func(s *testSite) url.Values {
			return logoutForm(signed(t, jose.RS512, keys()[0], "k1", "logout+jwt", good(s)))
		},
		"an access token by header": func(s *testSite) url.Values {
			return logoutForm(signed(t, jose.RS256, keys()[0], "k1", "at+jwt", good(s)))
		},
		"the session's ID token": func(s *testSite) url.Values { return logoutForm(s.memory.value(auth.KeyIDToken)) },
		"no token":               func(*testSite) url.Values { return url.Values{} },
		"two tokens":             func(*testSite) url.Values { return url.Values{"logout_token": {"a", "b"}} },
		"words":                  func(*testSite) url.Values { return logoutForm("hello") },
	} {
		t.Run(name, func(t *testing.T) {
			s, first, _, _ := twoSignedIn(t)
			if a := s.browser().post("/backchannel-logout", form(s)); a.status != http.StatusBadRequest {
				t.Errorf("%d", a.status)
			}
			first.mustSee()
		})
	}
}

func TestSec51_ALogoutTokenCountsOnceByPostAndInBounds(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	token := signed(t, jose.RS256, s.provider.key, s.provider.kid, "logout+jwt", s.provider.logoutToken(func(c map[string]any) { c["sub"] = "u-1" }))
	if a := s.browser().get("/backchannel-logout?" + logoutForm(token).Encode()); a.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", a.status)
	}
	if a := s.browser().post("/backchannel-logout?"+logoutForm(token).Encode(), nil); a.status != http.StatusBadRequest {
		t.Errorf("token in the URL: %d", a.status)
	}
	big := logoutForm(token)
	big.Set("x", strings.Repeat("x", 1<<20))
	if a := s.browser().post("/backchannel-logout", big); a.status != http.StatusBadRequest {
		t.Errorf("1 MB: %d", a.status)
	}
	b.mustSee()
	if a := s.browser().post("/backchannel-logout", logoutForm(token)); a.status != http.StatusOK {
		t.Errorf("first use: %d\n%s", a.status, s.log)
	}
	b.mustSignIn()
	if a := s.browser().post("/backchannel-logout", logoutForm(token)); a.status != http.StatusBadRequest {
		t.Errorf("second use: %d", a.status)
	}
	b.mustSee()
}

// A logout token that was answered with 503 may be sent again, and only that one.
func TestSec49_51_ALogoutTokenThatFailedMayComeAgain(t *testing.T) {
	for _, call := range []string{"Used", "End", "UseOnce"} {
		for _, by := range []string{"sid", "sub"} {
			t.Run(call+" by "+by, func(t *testing.T) {
				s, first, _, sid := twoSignedIn(t)
				meant := map[string]string{"sid": sid, "sub": "u-1"}
				token := signed(t, jose.RS256, s.provider.key, s.provider.kid, "logout+jwt",
					s.provider.logoutToken(func(c map[string]any) { c[by] = meant[by] }))
				s.memory.set(func() { s.memory.once = call })
				if a := s.browser().post("/backchannel-logout", logoutForm(token)); a.status != http.StatusServiceUnavailable {
					t.Errorf("while the store fails: %d", a.status)
				}
				if a := s.browser().post("/backchannel-logout", logoutForm(token)); a.status != http.StatusOK {
					t.Errorf("again: %d\n%s", a.status, s.log)
				}
				if a := first.get("/page"); a.kind() != auth.SignInNeeded {
					t.Errorf("the session lives on: %d", a.status)
				}
				if a := s.browser().post("/backchannel-logout", logoutForm(token)); a.status != http.StatusBadRequest {
					t.Errorf("once it has counted: %d", a.status)
				}
				if n := endings(s); n != 1 {
					t.Errorf("%d events of its end", n)
				}
			})
		}
	}
}

func TestSec51_ALogoutTokenSentAtOnceCountsOnce(t *testing.T) {
	const times = 5
	s, first, _, _ := twoSignedIn(t)
	token := signed(t, jose.RS256, s.provider.key, s.provider.kid, "logout+jwt", s.provider.logoutToken(func(c map[string]any) { c["sub"] = "u-1" }))
	var ok, used, begun atomic.Int32
	all := make(chan struct{}) // closed once none of them has been found to be used
	s.memory.ending = func(ctx context.Context) error {
		if begun.Add(1) == times {
			close(all)
		}
		select {
		case <-all:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	var wg sync.WaitGroup
	for range times {
		b := s.browser()
		b.client.Timeout = 30 * time.Second
		wg.Go(func() {
			switch a := b.post("/backchannel-logout", logoutForm(token)); a.status {
			case http.StatusOK:
				ok.Add(1)
			case http.StatusBadRequest:
				used.Add(1)
			}
		})
	}
	wg.Wait()
	if ok.Load() != 1 || used.Load() != times-1 || endings(s) != 1 {
		t.Errorf("%d counted, %d refused, %d events", ok.Load(), used.Load(), endings(s))
	}
	if a := first.get("/page"); a.kind() != auth.SignInNeeded {
		t.Errorf("the session lives on: %d", a.status)
	}
}

// endings counts the audit events of sessions that the provider ended.
func endings(s *testSite) (n int) {
	for _, e := range s.heard() {
		if e.Action == auth.ActionSessionEnded {
			n++
		}
	}
	return n
}

func TestBackChannelLogoutSaysWhenItCannotJudge(t *testing.T) {
	s := newSite(t)
	s.browser().mustSignIn()
	s.memory.setBroken(true)
	if a := s.provider.sendLogout(s.browser(), func(c map[string]any) { c["sub"] = "u-1" }); a.status != http.StatusServiceUnavailable {
		t.Errorf("%d", a.status)
	}
}

func TestSec51_ALogoutTokenSentTwiceInOneFormEndsNothing(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	fresh := func() string {
		return signed(t, jose.RS256, s.provider.key, s.provider.kid, "logout+jwt", s.provider.logoutToken(func(c map[string]any) { c["sub"] = "u-1" }))
	}
	one := fresh()
	for name, tokens := range map[string][]string{
		"the same twice":      {one, one},
		"two good ones":       {fresh(), fresh()},
		"a good one in front": {fresh(), "x"},
		"a good one behind":   {"x", fresh()},
		"an empty one too":    {fresh(), ""},
	} {
		if a := s.browser().post("/backchannel-logout", url.Values{"logout_token": tokens}); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, a.status)
		}
		b.mustSee()
	}
	if a := s.browser().post("/backchannel-logout", logoutForm(one)); a.status != http.StatusOK {
		t.Errorf("once: %d", a.status)
	}
	if a := b.get("/page"); a.kind() != auth.SignInNeeded {
		t.Errorf("the session lives on: %d", a.status)
	}
}
