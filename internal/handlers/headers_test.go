package handlers_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// onEveryAnswer are the complete values of the security headers: a policy with one more source is another policy.
func onEveryAnswer() map[string]string {
	return map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
			"form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
		"Referrer-Policy":              "same-origin",
		"X-Content-Type-Options":       "nosniff",
		"Cache-Control":                "no-store",
	}
}

func TestSec54_55_ThePoliciesAreExactOnPagesAndOnErrors(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID(demo.PlainEmail)
	statuses := map[int]bool{}
	check := func(what string, p harness.Page) {
		t.Helper()
		statuses[p.Status] = true
		for name, want := range onEveryAnswer() {
			if is := p.Header.Values(name); !slices.Equal(is, []string{want}) {
				t.Errorf("%s (%d): %s: %q, want %q", what, p.Status, name, is, want)
			}
		}
		for name := range p.Header {
			if strings.HasPrefix(name, "Access-Control-") || name == "Server" || name == "X-Powered-By" || name == "Strict-Transport-Security" {
				t.Errorf("%s (%d): %s: %q", what, p.Status, name, p.Header.Values(name))
			}
		}
	}
	round := func(what string, b *harness.Browser) {
		t.Helper()
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, path := range append(harness.Paths(t, method, id, "GET /static/*"), "/users/nobody", "/nowhere", "/static/nothing.css", "/callback?state=x&code=y") {
				check(what+": "+method+" "+path, b.NoRedirects().Do(method, b.Site+path, nil))
			}
		}
		check(what+": a part", b.NoRedirects().Get(b.Site+"/users?q=x", "HX-Request", "true"))
		for _, path := range harness.Paths(t, http.MethodPost, "nobody", harness.ProvidersRoute, "POST /logout") {
			check(what+": POST "+path, b.NoRedirects().Post(path, url.Values{}))
			check(what+": POST from elsewhere "+path, b.NoRedirects().Post(path, url.Values{}, "Origin", "https://evil.example"))
			check(what+": POST of too much "+path, b.NoRedirects().Post(path, url.Values{"key": {strings.Repeat("x", 100<<10)}}))
		}
		check(what+": the provider's route", b.NoRedirects().Post("/backchannel-logout", url.Values{}))
		check(what+": another method", b.NoRedirects().Do("PROPFIND", b.Site+"/users", nil))
	}
	round("a stranger", s.NewBrowser())
	round("an administrator", b)
	s.Fault("*", map[string]any{"status": http.StatusInternalServerError})
	round("while all else fails", b)
	s.NoFaults()
	check("signing out", b.NoRedirects().Post("/logout", url.Values{}))
	for _, status := range []int{200, 303, 400, 401, 403, 404, 405, 413, 502} {
		if !statuses[status] {
			t.Errorf("no answer was a %d; there were %v", status, slices.Sorted(maps.Keys(statuses)))
		}
	}
}

func TestSec54_55_StaticFilesHaveThePolicies(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5}, harness.With("PUBLIC_URL", "https://admin.example.com"))
	b, _ := behindIngress(s, "http")
	p := b.Get(s.Site + "/signed-out")
	files := 0
	for _, found := range loaded(p) {
		files++
		h := b.Get(s.Site + found).Header
		want := onEveryAnswer()
		want["Cache-Control"] = "public, max-age=31536000, immutable"
		want["Strict-Transport-Security"] = "max-age=31536000"
		for name, value := range want {
			if is := h.Values(name); !slices.Equal(is, []string{value}) {
				t.Errorf("%s: %s: %q, want %q", found, name, is, value)
			}
		}
	}
	if files < 3 {
		t.Errorf("%d files are loaded by %s", files, p.Body)
	}
}

// loaded returns the files that a page loads.
func loaded(p harness.Page) (all []string) {
	harness.Each(p.Doc, func(n *html.Node) {
		for _, name := range []string{"src", "href"} {
			if file := harness.Attribute(n, name); n.Data != "a" && strings.HasPrefix(file, "/static/") && !slices.Contains(all, file) {
				all = append(all, file)
			}
		}
	})
	return all
}

func TestSec55_StrictTransportOnlyWithHTTPS(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	if p := s.NewBrowser().Get(s.Site + "/healthz"); p.Header.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS over http")
	}
	// The ingress ends TLS: the server itself speaks http all the same.
	secure := harness.Start(t, demo.Options{Users: 5}, harness.With("PUBLIC_URL", "https://admin.example.com"))
	p := secure.Direct("/login")
	if !strings.Contains(p.Get("Strict-Transport-Security"), "max-age=31536000") {
		t.Errorf("no HSTS: %v", p)
	}
	for _, c := range p.Values("Set-Cookie") {
		if !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, "Secure") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") || strings.Contains(c, "Domain") {
			t.Errorf("cookie %q", c)
		}
	}
}
