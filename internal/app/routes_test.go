package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/app"
	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/demo"
)

// publicRoutes are those that serve whoever asks. One that is not among them has to refuse strangers.
func publicRoutes() []string {
	return []string{
		"GET /", "HEAD /", "GET /healthz", "HEAD /healthz", "GET /readyz", "HEAD /readyz", "GET /static/*",
		"GET /login", "HEAD /login", "GET /callback", "HEAD /callback", "GET /signed-out", "HEAD /signed-out",
		"POST /logout", "POST /preferences", "POST /backchannel-logout",
	}
}

// providersRoute is called by the provider, with no page of ours behind it.
const providersRoute = "POST /backchannel-logout"

// routes are the rows of the table of URLs.
func routes(t *testing.T) []string {
	t.Helper()
	settings, err := config.Load(environment("http://127.0.0.1:1", "http://127.0.0.1:2", t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	all, err := app.Routes(t.Context(), settings)
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all
}

// paths are the addresses of the routes with a method, as they are for one account, but for some.
func paths(t *testing.T, method, id string, but ...string) []string {
	t.Helper()
	var found []string
	for _, route := range routes(t) {
		if path, ok := strings.CutPrefix(route, method+" "); ok && !slices.Contains(but, route) {
			found = append(found, strings.ReplaceAll(path, "{id}", id))
		}
	}
	if len(found) == 0 {
		t.Fatalf("no route for %s", method)
	}
	return found
}

func TestThePublicRoutesAreAllThere(t *testing.T) {
	all := routes(t)
	for _, route := range publicRoutes() {
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
	s := start(t, demo.Options{Users: 5})
	b := s.browser()
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, path := range paths(t, method, "x", publicRoutes()...) {
			p := b.do(method, s.site+path, nil)
			if to := p.header.Get("Location"); p.status != http.StatusSeeOther || !strings.HasPrefix(to, "/login?") {
				t.Errorf("%s %s: %d to %q", method, path, p.status, to)
			}
		}
	}
	for _, path := range paths(t, http.MethodPost, "x", publicRoutes()...) {
		if p := b.post(path, url.Values{}); p.status != http.StatusUnauthorized || !strings.Contains(p.text(), "Your session has ended") {
			t.Errorf("POST %s: %d %s", path, p.status, p.text())
		}
	}
}

func TestSec42_43_EveryRouteThatTakesAFormRefusesOtherOrigins(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	other, before := s.signedIn(demo.AdminEmail), b.sessionID()
	s.control(http.MethodDelete, "requests", nil)
	for name, headers := range map[string][]string{
		"another site":   {"Origin", "https://evil.example"},
		"a sibling":      {"Origin", s.site, "Sec-Fetch-Site", "same-site"},
		"cross-site":     {"Origin", "", "Sec-Fetch-Site", "cross-site"},
		"a sandbox":      {"Origin", "null"},
		"neither header": {"Origin", ""},
	} {
		for _, path := range paths(t, http.MethodPost, s.userID("user@example.com"), providersRoute) {
			p := b.post(path, url.Values{"email": {"forged@example.com"}, "key": {"k"}, "pw": {"auto"}, "theme": {"dark"}}, headers...)
			if p.status != http.StatusForbidden || p.header.Get("Set-Cookie") != "" {
				t.Errorf("POST %s from %s: %d %v", path, name, p.status, p.header)
			}
		}
	}
	if n := len(s.requests("activate")) + len(s.requests("deactivate")) + len(s.requests("invite")); n != 0 {
		t.Errorf("%d changes reached the API", n)
	}
	b.mustStillBe(before)
	other.mustStillBe(other.sessionID())
}

func TestSec54_55_EveryRouteAnswersWithTheHeaders(t *testing.T) {
	s := start(t, demo.Options{Users: 5})
	asked := append(paths(t, http.MethodGet, s.userID("user@example.com"), "GET /static/*"), "/users/nobody", "/nowhere", "/static/nothing.css", "/callback?state=x&code=y")
	for name, b := range map[string]*browser{"a stranger": s.browser(), "an administrator": s.signedIn(demo.AdminEmail)} {
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		for _, path := range asked {
			h := b.get(s.site + path).header
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
