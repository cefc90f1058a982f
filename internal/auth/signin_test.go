package auth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"wallaroo-user-admin/internal/auth"
)

func TestSec01_PKCEOnEverySignIn(t *testing.T) {
	s := newSite(t)
	seen := map[string]bool{}
	for range 3 {
		b := s.browser()
		b.mustSignIn()
		q, verifier := s.provider.lastAuth, s.provider.lastToken.Get("code_verifier")
		if q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" {
			t.Errorf("authorization request: %v", q)
		}
		if !regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`).MatchString(verifier) {
			t.Errorf("verifier %q", verifier)
		}
		for _, v := range []string{verifier, q.Get("state"), q.Get("nonce")} {
			if seen[v] || len(v) < 22 {
				t.Errorf("%q is used again, or short", v)
			}
			seen[v] = true
		}
	}
}

func TestSec02_StateIsOfOneBrowserOnceAndForMinutes(t *testing.T) {
	t.Run("does an old state count?", func(t *testing.T) {
		s := newSite(t)
		b := s.browser()
		callback := b.start("/login")
		s.clock.advance(11 * time.Minute)
		b.mustRefuse(b.get(callback), auth.SignInRefused)
		if n := s.provider.count("/token"); n != 0 {
			t.Errorf("%d token calls", n)
		}
	})
	t.Run("does a state count again when its cookie is brought back?", func(t *testing.T) {
		s := newSite(t)
		b := s.browser()
		callback := b.start("/login")
		home, _ := url.Parse(s.srv.URL)
		cookies := b.client.Jar.Cookies(home)
		if a := b.get(callback); a.status != http.StatusSeeOther {
			t.Fatalf("first callback: %d", a.status)
		}
		thief := s.browser()
		thief.client.Jar.SetCookies(home, cookies)
		if a := thief.get(callback); a.kind() != auth.SignInRefused {
			t.Errorf("second callback: %d %q", a.status, a.kind())
		}
		if n := s.provider.count("/token"); n != 1 {
			t.Errorf("%d token calls", n)
		}
	})
	t.Run("does a changed state count?", func(t *testing.T) {
		s := newSite(t)
		b := s.browser()
		callback := b.start("/login")
		b.mustRefuse(b.get(strings.Replace(callback, "&state=", "&state=A", 1)), auth.SignInRefused)
	})
	t.Run("does a cookie sealed with another secret count?", func(t *testing.T) {
		s := newSite(t)
		other := siteOf(t, s.provider, s.memory, func(o *auth.Options) { o.Secrets = []string{strings.Repeat("x", 32)} })
		b := s.browser()
		callback, _ := url.Parse(b.start("/login"))
		there, _ := url.Parse(other.srv.URL)
		b.client.Jar.SetCookies(there, b.client.Jar.Cookies(callback))
		b.mustRefuse(b.get(other.srv.URL+callback.RequestURI()), auth.SignInRefused)
	})
	t.Run("does a cookie sealed with the secret before still count?", func(t *testing.T) {
		s := newSite(t)
		b := s.browser()
		callback, _ := url.Parse(b.start("/login"))
		rotated := siteOf(t, s.provider, s.memory, func(o *auth.Options) {
			o.Secrets = []string{strings.Repeat("n", 32), strings.Repeat("s", 32)}
			o.PublicURL, _ = url.Parse(s.srv.URL)
		})
		there, _ := url.Parse(rotated.srv.URL)
		b.client.Jar.SetCookies(there, b.client.Jar.Cookies(callback))
		if a := b.get(rotated.srv.URL + callback.RequestURI()); a.status != http.StatusSeeOther {
			t.Errorf("%d %s\n%s", a.status, a.body, rotated.log)
		}
	})
}

func TestSec04_ACallbackOfAnotherBrowserSignsNobodyIn(t *testing.T) {
	for _, pending := range []bool{false, true} {
		t.Run(fmt.Sprintf("has the victim a sign-in under way: %v", pending), func(t *testing.T) {
			s := newSite(t)
			attacker, victim := s.browser(), s.browser()
			callback := attacker.start("/login")
			if pending {
				victim.start("/login")
			}
			victim.mustRefuse(victim.get(callback), auth.SignInRefused)
			if n := s.provider.count("/token"); n != 0 {
				t.Errorf("%d token calls", n)
			}
		})
	}
}

func TestSec05_TheCallbacksIssuerIsCompared(t *testing.T) {
	for name, c := range map[string]struct {
		iss       []string
		announced bool
		kind      auth.Kind
	}{
		"another issuer":                     {[]string{"https://evil.example"}, true, auth.SignInRefused},
		"another issuer, never announced":    {[]string{"https://evil.example"}, false, auth.SignInRefused},
		"missing, though announced":          {nil, true, auth.SignInRefused},
		"empty, though announced":            {[]string{""}, true, auth.SignInRefused},
		"missing, never announced, is right": {nil, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.provider.discovery = func(d map[string]any) { d["authorization_response_iss_parameter_supported"] = c.announced }
			s.provider.callback = func(q url.Values) {
				delete(q, "iss")
				if c.iss != nil {
					q["iss"] = c.iss
				}
			}
			b := s.browser()
			a := b.signIn()
			if c.kind == "" {
				if a.status != http.StatusSeeOther {
					t.Fatalf("%d %s", a.status, a.body)
				}
				return
			}
			b.mustRefuse(a, c.kind)
			if n := s.provider.count("/token"); n != 0 {
				t.Errorf("%d token calls", n)
			}
		})
	}
}

func TestSec06_RedirectURIComesFromTheSettings(t *testing.T) {
	s := newSite(t, func(o *auth.Options) { o.PublicURL, _ = url.Parse("https://admin.example.com/users-admin/") })
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login?redirect_uri=https://evil.example", nil)
	r.Host = "evil.example"
	r.Header.Set("X-Forwarded-Host", "evil.example")
	r.Header.Set("X-Forwarded-Proto", "http")
	w := httptest.NewRecorder()
	if err := s.rp.StartSignIn(w, r); err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(w.Header().Get("Location"))
	if got := u.Query().Get("redirect_uri"); got != "https://admin.example.com/users-admin/callback" {
		t.Errorf("redirect_uri %q", got)
	}
	b := newSite(t).browser()
	b.mustSignIn()
	if p := b.site.provider; p.lastToken.Get("redirect_uri") != p.lastAuth.Get("redirect_uri") {
		t.Error("the two redirect URIs differ")
	}
}

func TestSec07_TheCallbackRedirectsAndCannotBeReplayed(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	callback := b.start("/login?return_to=%2Fpage%3Fq%3D1")
	a := b.get(callback)
	if a.status != http.StatusSeeOther || a.location != "/page?q=1" || a.header.Get("Cache-Control") != "no-store" || a.body != "" {
		t.Errorf("%d to %q, %q, %q", a.status, a.location, a.header.Get("Cache-Control"), a.body)
	}
	if again := b.get(callback); again.kind() != auth.SignInRefused {
		t.Errorf("replay: %d %q", again.status, again.kind())
	}
	if s.memory.count() != 1 {
		t.Errorf("%d sessions", s.memory.count())
	}
	b.mustSee()
}

func TestSec08_TheProvidersErrorIsShownOnlyWithAState(t *testing.T) {
	s := newSite(t)
	s.provider.callback = func(q url.Values) {
		delete(q, "code")
		q.Set("error", "access_denied")
		q.Set("error_description", "<b>no</b>"+strings.Repeat("x", 5000))
	}
	b := s.browser()
	a := b.signIn()
	b.mustRefuse(a, auth.ProviderError)
	if !strings.Contains(a.body, "access_denied|<b>no</b>xxx") || len(a.body) > 500 {
		t.Errorf("body %q", a.body)
	}
	for _, forged := range []string{"/callback?error=access_denied&error_description=call+0800", "/callback?error=x&state=made-up&error_description=call+0800"} {
		a := s.browser().get(forged)
		if strings.Contains(a.body, "0800") || a.kind() == auth.ProviderError {
			t.Errorf("%s: %q", forged, a.body)
		}
	}
	if n := s.provider.count("/token"); n != 0 {
		t.Errorf("%d token calls", n)
	}
}

// Anybody can begin sign-ins and let them fail any number of times: each is one line of the log, and its stored state
// is deleted within minutes.
func TestSec32_FailedSignInsOfUnknownSubjectsMakeNoEvents(t *testing.T) {
	callback := func(spoil func(q url.Values)) func(*fakeProvider) {
		return func(p *fakeProvider) { p.callback = spoil }
	}
	for name, spoil := range map[string]func(*fakeProvider){
		"an error of the provider's": callback(func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }),
		"a code that is none":        callback(func(q url.Values) { q.Set("code", "made-up") }),
		"another issuer":             callback(func(q url.Values) { q.Set("iss", "https://evil.example") }),
		"a token of another sign-in": claim("nonce", "another"),
		"a token signed by a stranger": func(p *fakeProvider) {
			p.sign = func(c map[string]any) string { return signed(p.t, jose.RS256, keys()[2], p.kid, "JWT", c) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			spoil(s.provider)
			for range 3 {
				if a := s.browser().signIn(); a.status < 400 {
					t.Errorf("%d", a.status)
				}
			}
			if heard := s.heard(); len(heard) != 0 {
				t.Errorf("%+v", heard)
			}
			if n := strings.Count(s.log.String(), "sign-in failed"); n != 3 {
				t.Errorf("%d of 3 in the log:\n%s", n, s.log)
			}
			for key, until := range s.memory.used {
				if until.After(s.clock.now().Add(10 * time.Minute)) {
					t.Errorf("%s is kept until %s", key, until)
				}
			}
		})
	}
}

// The refusal of a user whom the provider has authenticated is written to the audit log.
func TestSec65_ARefusedSignInOfAKnownSubjectMakesAnEvent(t *testing.T) {
	s := newSite(t)
	s.provider.idClaims = func(c map[string]any) { delete(c, "email") }
	s.provider.endpoint["/userinfo"] = func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"sub": "u-2"})
	}
	b := s.browser()
	b.mustRefuse(b.signIn(), auth.SignInRefused)
	if heard := s.heard(); len(heard) != 1 || heard[0].Action != auth.ActionSignInRefused || heard[0].Subject != "u-1" || heard[0].Reason == "" {
		t.Errorf("%+v", heard)
	}
}

func TestSec09_MalformedCallbacksAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(q url.Values) string{
		"no code":           func(q url.Values) string { q.Del("code"); return q.Encode() },
		"an empty code":     func(q url.Values) string { q.Set("code", ""); return q.Encode() },
		"two codes":         func(q url.Values) string { q.Add("code", "another"); return q.Encode() },
		"two states":        func(q url.Values) string { q.Add("state", "another"); return q.Encode() },
		"no state":          func(q url.Values) string { q.Del("state"); return q.Encode() },
		"a code of 60 kB":   func(q url.Values) string { q.Set("code", strings.Repeat("c", 60<<10)); return q.Encode() },
		"a state of 60 kB":  func(q url.Values) string { q.Set("state", strings.Repeat("c", 60<<10)); return q.Encode() },
		"a bad escape":      func(q url.Values) string { return q.Encode() + "&x=%zz" },
		"a line break":      func(q url.Values) string { q.Set("state", "a\r\nSet-Cookie: x=y"); return q.Encode() },
		"an array of codes": func(q url.Values) string { q["code[]"] = q["code"]; q.Del("code"); return q.Encode() },
		"nothing":           func(url.Values) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.browser()
			u, _ := url.Parse(b.start("/login"))
			a := b.get("/callback?" + spoil(u.Query()))
			if k := a.kind(); k != auth.BadRequest && k != auth.SignInRefused {
				t.Errorf("%d %q", a.status, k)
			}
			if n := s.provider.count("/token"); n != 0 || s.memory.count() != 0 {
				t.Errorf("%d token calls, %d sessions", n, s.memory.count())
			}
			if len(s.heard()) != 0 {
				t.Errorf("events %v", s.heard())
			}
		})
	}
	t.Run("a POST", func(t *testing.T) {
		b := newSite(t).browser()
		u, _ := url.Parse(b.start("/login"))
		b.mustRefuse(b.post("/callback?"+u.RawQuery, u.Query()), auth.BadRequest)
	})
}

func TestSec10_SeveralTabsSignInAtOnce(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	first, second := b.start("/login?return_to=%2Fone"), b.start("/login?return_to=%2Ftwo")
	if a := b.get(second); a.location != "/two" {
		t.Errorf("second tab: %d %q", a.status, a.location)
	}
	if a := b.get(first); a.location != "/one" {
		t.Errorf("first tab: %d %q", a.status, a.location)
	}
	if s.memory.count() != 1 {
		t.Errorf("%d sessions", s.memory.count())
	}
}

func TestSec11_OnlyTheScopesNeeded(t *testing.T) {
	s := newSite(t)
	s.browser().mustSignIn()
	if got := s.provider.lastAuth.Get("scope"); got != "openid profile email" {
		t.Errorf("scope %q", got)
	}
}

func TestSec25_SigningInMakesANewSessionAndEndsTheOld(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	home, _ := url.Parse(s.srv.URL)
	b.client.Jar.SetCookies(home, []*http.Cookie{{Name: auth.SessionName, Value: "planted", Path: "/"}})
	id := func() string {
		for _, c := range b.client.Jar.Cookies(home) {
			if c.Name == auth.SessionName {
				return c.Value
			}
		}
		return ""
	}
	b.mustSignIn()
	first := id()
	if first == "planted" || first == "" {
		t.Errorf("session id %q", first)
	}
	b.mustSignIn()
	if id() == first || s.memory.count() != 1 {
		t.Errorf("same id: %v, %d sessions", id() == first, s.memory.count())
	}
	b.client.Jar.SetCookies(home, []*http.Cookie{{Name: auth.SessionName, Value: first, Path: "/"}})
	if a := b.get("/page"); a.kind() != auth.SignInNeeded {
		t.Errorf("the old session shows %d", a.status)
	}
}

func TestSec26_TheCookieOfASignIn(t *testing.T) {
	for public, want := range map[string]string{"https://admin.example.com/base": "__Host-", "http://127.0.0.1:8080": ""} {
		s := newSite(t, func(o *auth.Options) { o.PublicURL, _ = url.Parse(public) })
		w := httptest.NewRecorder()
		if err := s.rp.StartSignIn(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login", nil)); err != nil {
			t.Fatal(err)
		}
		result := w.Result()
		_ = result.Body.Close()
		c := result.Cookies()[0]
		secure := want != ""
		if !strings.HasPrefix(c.Name, want+"wallaroo-") || !strings.Contains(c.Name, "-signin-") || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
			c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 || c.MaxAge > 900 {
			t.Errorf("%s: %+v", public, c)
		}
	}
}

func TestSec32_PendingSignInsOfOneBrowserAreFew(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	home, _ := url.Parse(s.srv.URL)
	var last string
	for range 30 {
		last = b.start("/login?return_to=" + url.QueryEscape("/page?"+strings.Repeat("q=1&", 200)))
		s.clock.advance(time.Second)
		size := 0
		for _, c := range b.client.Jar.Cookies(home) {
			size += len(c.Name) + len(c.Value)
		}
		if size > 7<<10 {
			t.Fatalf("%d bytes of cookies", size)
		}
	}
	if a := b.get(last); a.status != http.StatusSeeOther {
		t.Errorf("the newest sign-in: %d %s", a.status, a.body)
	}
	for range 30 {
		b.start("/login")
		s.clock.advance(time.Second)
	}
	if n := len(b.client.Jar.Cookies(home)); n > 6 {
		t.Errorf("%d cookies", n)
	}
	if n := len(s.memory.used); n != 1 || s.memory.count() != 1 {
		t.Errorf("%d states remembered, %d sessions, of one that finished", n, s.memory.count())
	}
}

func TestSec33_TokensStayOnTheServer(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	callback := b.start("/login")
	a := b.get(callback)
	shown := fmt.Sprint(a.header, a.body, s.log)
	u, _ := url.Parse(callback)
	for _, secret := range []string{
		s.memory.value(auth.KeyAccessToken), s.memory.value(auth.KeyRefreshToken), s.memory.value(auth.KeyIDToken),
		u.Query().Get("code"), u.Query().Get("state"), s.provider.lastToken.Get("code_verifier"), testSecret,
	} {
		if secret == "" || strings.Contains(shown, secret) {
			t.Errorf("%q is missing or shown", secret)
		}
	}
}

func TestSec41_IdentityIsIssuerAndSubject(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	one := b.mustSee()["key"]
	s.provider.set(func() { s.provider.user["sub"] = "u-2" })
	other := s.browser()
	other.mustSignIn()
	if two := other.mustSee()["key"]; one == two || !strings.Contains(one, s.provider.issuer()) {
		t.Errorf("keys %q and %q", one, two)
	}
}

func TestSignInAsksForAnotherAccount(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.start("/login?prompt=login")
	if got := s.provider.lastAuth.Get("prompt"); got != "login" {
		t.Errorf("prompt %q", got)
	}
	b.start("/login?prompt=none")
	if got := s.provider.lastAuth.Get("prompt"); got != "" {
		t.Errorf("prompt %q", got)
	}
}

func TestUserinfoFillsInNameAndEmail(t *testing.T) {
	s := newSite(t)
	s.provider.idClaims = func(c map[string]any) { delete(c, "name"); delete(c, "email"); delete(c, "preferred_username") }
	b := s.browser()
	b.mustSignIn()
	if page := b.mustSee(); page["who"] != "Ada Admin" || page["email"] != "admin@example.com" {
		t.Errorf("%v", page)
	}
	s.provider.endpoint["/userinfo"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	b = s.browser()
	b.mustSignIn()
	if page := b.mustSee(); page["who"] != "u-1" {
		t.Errorf("without userinfo: %v", page)
	}
}

func TestSec65_EventsTellWhoAndWhat(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	b.post("/logout", nil)
	s.provider.set(func() { s.provider.roles = []any{} })
	b.signIn()
	var got []auth.Action
	for _, e := range s.heard() {
		if e.Subject != "u-1" || e.Issuer != s.provider.issuer() {
			t.Errorf("%+v", e)
		}
		got = append(got, e.Action)
	}
	if want := []auth.Action{auth.ActionSignedIn, auth.ActionSignedOut, auth.ActionRoleDenied}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v", got)
	}
}

func TestNewTellsAllFaults(t *testing.T) {
	_, err := auth.New(auth.Options{Issuer: "keycloak", Scopes: []string{"email"}, Secrets: []string{"short"}, RefreshMargin: -1})
	for _, want := range []string{"issuer", "client id", "client secret", "public URL", "openid", "margin", "session store", "shorter than 32"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %q in %v", want, err)
		}
	}
}
