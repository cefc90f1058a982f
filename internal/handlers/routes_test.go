package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

func TestThePublicRoutesAreAllThere(t *testing.T) {
	all := harness.Routes(t)
	for _, route := range harness.PublicRoutes() {
		if !slices.Contains(all, route) {
			t.Errorf("%s is said to be public, and is no route", route)
		}
	}
	for _, route := range all {
		if method, path, _ := strings.Cut(route, " "); method == http.MethodGet && path != "/static/*" && !slices.Contains(all, "HEAD "+path) {
			t.Errorf("%s has no HEAD", path)
		}
	}
}

func TestSec46_ARouteThatIsNotSaidToBePublicNeedsASession(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.NewBrowser().NoRedirects()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, path := range harness.Paths(t, method, "x", harness.PublicRoutes()...) {
			p := b.Do(method, s.Site+path, nil)
			if to := p.Header.Get("Location"); p.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/login?") {
				t.Errorf("%s %s: %d to %q", method, path, p.Status, to)
			}
		}
	}
	for _, path := range harness.Paths(t, http.MethodPost, "x", harness.PublicRoutes()...) {
		if p := b.Post(path, url.Values{}); p.Status != http.StatusUnauthorized || !strings.Contains(p.Text(), "Your session has ended") {
			t.Errorf("POST %s: %d %s", path, p.Status, p.Text())
		}
	}
}

func TestSec42_43_EveryRouteThatTakesAFormRefusesOtherOrigins(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	other, before := s.SignedIn(demo.AdminEmail), b.SessionID()
	s.ForgetRequests()
	for name, headers := range map[string][]string{
		"another site":   {"Origin", "https://evil.example"},
		"a sibling":      {"Origin", s.Site, "Sec-Fetch-Site", "same-site"},
		"cross-site":     {"Origin", "", "Sec-Fetch-Site", "cross-site"},
		"a sandbox":      {"Origin", "null"},
		"neither header": {"Origin", ""},
	} {
		for _, path := range harness.Paths(t, http.MethodPost, s.UserID("user@example.com"), harness.ProvidersRoute) {
			p := b.Post(path, url.Values{"email": {"forged@example.com"}, "key": {"k"}, "pw": {"auto"}, "theme": {"dark"}}, headers...)
			if p.Status != http.StatusForbidden || p.Header.Get("Set-Cookie") != "" {
				t.Errorf("POST %s from %s: %d %v", path, name, p.Status, p.Header)
			}
		}
	}
	if n := len(s.Requests("activate")) + len(s.Requests("deactivate")) + len(s.Requests("invite")); n != 0 {
		t.Errorf("%d changes reached the API", n)
	}
	b.MustHaveSession(before)
	other.MustHaveSession(other.SessionID())
}

func TestSec45_OtherMethodsAreRefused(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.NewBrowser()
	for _, method := range []string{"PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "CONNECT", "get", "post", "PROPFIND", "POST"} {
		if p := b.Do(method, s.Site+"/users", nil, "Origin", s.Site); p.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s /users: %d", method, p.Status)
		}
	}
}

func TestSec46_EveryPageButThePublicOnesNeedsASession(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.NewBrowser().NoRedirects()
	for _, path := range []string{"/users", "/users/x", "/users/x/deactivate", "/invite", "/activity", "/users.csv", "/users.json", "/users/methods", "/sessions", "/users?static=/static/app.css", "/users/..%2fhealthz"} {
		p := b.Get(s.Site + path)
		if to := p.Header.Get("Location"); p.Status != http.StatusSeeOther || to != "/login" && !strings.HasPrefix(to, "/login?") {
			t.Errorf("GET %s: %d to %q", path, p.Status, to)
		}
	}
	for _, path := range []string{"/users/x/deactivate", "/users/x/activate", "/invite", "/sessions/end"} {
		if p := b.Post(path, url.Values{}); p.Status != http.StatusUnauthorized || !strings.Contains(p.Text(), "Your session has ended") {
			t.Errorf("POST %s: %d %s", path, p.Status, p.Text())
		}
	}
	p := b.Get(s.Site+"/users/methods?q=jo", "HX-Request", "true", "HX-Request-Type", "partial", "HX-Current-URL", s.Site+"/users?q=jo&page=2")
	if to := p.Header.Get("HX-Redirect"); p.Status != http.StatusUnauthorized || !strings.Contains(to, url.QueryEscape("/users?q=jo&page=2")) {
		t.Errorf("htmx without a session: %d to %q", p.Status, to)
	}
	p = b.Get(s.Site+"/users?q=jon", "HX-Request", "true", "HX-Request-Type", "partial", "HX-Current-URL", s.Site+"/users?q=jo")
	if to := p.Header.Get("HX-Redirect"); p.Status != http.StatusUnauthorized || !strings.HasSuffix(to, url.QueryEscape("/users?q=jon")) {
		t.Errorf("a search that goes on: %d to %q", p.Status, to)
	}
	p = b.Get(s.Site+"/users/methods", "HX-Request", "true", "HX-Current-URL", "https://evil.example/users")
	if to := p.Header.Get("HX-Redirect"); strings.Contains(to, "evil") {
		t.Errorf("htmx from a strange page: to %q", to)
	}
}

func TestSec61_PublicRoutesAreMatchedExactly(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.NewBrowser().NoRedirects()
	for _, path := range []string{"/healthz/../users", "/static/../users", "/static/%2e%2e/users", "//users", "/users/", "/healthz/users", "/login/../users", "/.%2f/users"} {
		if p := b.Get(s.Site + path); p.Status == http.StatusOK {
			t.Errorf("%s: answered %s", path, p.Text())
		}
	}
}

func TestSec64_NothingElseIsServed(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	for _, path := range []string{"/static/", "/static", "/static/app.css", "/debug/pprof/", "/metrics", "/version", "/static/..%2fembed.go", "/control/users", "/.git/config"} {
		if p := b.Get(s.Site + path); p.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}

func TestSec60_IdentityAndForwardingHeadersAreIgnored(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.NewBrowser().NoRedirects()
	for _, name := range []string{"X-Forwarded-User", "X_Forwarded_User", "X-Auth-Request-Email", "Remote-User", "Authorization", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri"} {
		if p := b.Get(s.Site+"/users", name, "/healthz"); p.Status != http.StatusSeeOther {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	p := b.Get(s.Site+"/login", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example")
	if strings.Contains(p.Header.Get("Location"), "evil") {
		t.Errorf("a forwarded host made %s", p.Header.Get("Location"))
	}
}
