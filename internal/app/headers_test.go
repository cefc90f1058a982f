package app_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

// onEveryAnswer are the headers that a browser is told its limits by, whole: a policy with one source more is another
// policy.
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

func TestSec54_55_ThePoliciesAreWholeOnPagesAndOnErrors(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	id := s.userID(demo.PlainEmail)
	statuses := map[int]bool{}
	check := func(what string, p page) {
		t.Helper()
		statuses[p.status] = true
		for name, want := range onEveryAnswer() {
			if is := p.header.Values(name); !slices.Equal(is, []string{want}) {
				t.Errorf("%s (%d): %s: %q, want %q", what, p.status, name, is, want)
			}
		}
		for name := range p.header {
			if strings.HasPrefix(name, "Access-Control-") || name == "Server" || name == "X-Powered-By" || name == "Strict-Transport-Security" {
				t.Errorf("%s (%d): %s: %q", what, p.status, name, p.header.Values(name))
			}
		}
	}
	round := func(what string, b *browser) {
		t.Helper()
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, path := range append(paths(t, method, id, "GET /static/*"), "/users/nobody", "/nowhere", "/static/nothing.css", "/callback?state=x&code=y") {
				check(what+": "+method+" "+path, b.once().do(method, b.site+path, nil))
			}
		}
		check(what+": a part", b.once().get(b.site+"/users?q=x", "HX-Request", "true"))
		for _, path := range paths(t, http.MethodPost, "nobody", providersRoute, "POST /logout") {
			check(what+": POST "+path, b.once().post(path, url.Values{}))
			check(what+": POST from elsewhere "+path, b.once().post(path, url.Values{}, "Origin", "https://evil.example"))
			check(what+": POST of too much "+path, b.once().post(path, url.Values{"key": {strings.Repeat("x", 100<<10)}}))
		}
		check(what+": the provider's route", b.once().post("/backchannel-logout", url.Values{}))
		check(what+": another method", b.once().do("PROPFIND", b.site+"/users", nil))
	}
	round("a stranger", s.browser())
	round("an administrator", b)
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "*", "status": http.StatusInternalServerError})
	round("while all else fails", b)
	s.control(http.MethodDelete, "faults", nil)
	check("signing out", b.once().post("/logout", url.Values{}))
	for _, status := range []int{200, 303, 400, 401, 403, 404, 405, 413, 502} {
		if !statuses[status] {
			t.Errorf("no answer was a %d; there were %v", status, slices.Sorted(maps.Keys(statuses)))
		}
	}
}

func TestSec54_55_TheFilesHaveThePoliciesToo(t *testing.T) {
	s := start(t, demo.Options{Users: 5}, with("PUBLIC_URL", "https://admin.example.com"))
	b, _ := s.behindIngress("http")
	p := b.get(s.site + "/signed-out")
	files := 0
	for _, found := range loaded(p) {
		files++
		h := b.get(s.site + found).header
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
		t.Errorf("%d files are loaded by %s", files, p.body)
	}
}
