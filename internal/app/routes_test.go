package app_test

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

func TestSec54_55_EveryRouteAnswersWithTheHeaders(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	asked := append(harness.Paths(t, http.MethodGet, s.UserID("user@example.com"), "GET /static/*"), "/users/nobody", "/nowhere", "/static/nothing.css", "/callback?state=x&code=y")
	for name, b := range map[string]*harness.Browser{"a stranger": s.NewBrowser(), "an administrator": s.SignedIn(demo.AdminEmail)} {
		b = b.NoRedirects()
		for _, path := range asked {
			h := b.Get(s.Site + path).Header
			for header, want := range map[string]string{
				"Content-Security-Policy": "default-src 'none'; ", "X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin",
				"Referrer-Policy": "same-origin", "Cache-Control": "no-store",
			} {
				if !strings.HasPrefix(h.Get(header), want) {
					t.Errorf("GET %s as %s: %s: %q", path, name, header, h.Get(header))
				}
			}
			if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Server") != "" {
				t.Errorf("GET %s as %s: %v", path, name, h)
			}
		}
	}
}
