package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

func underAPath(environ map[string]string) { environ["PUBLIC_URL"] += "/admin/users-ui" }

func TestUnderABasePathASignInComesBackToThePageAskedFor(t *testing.T) {
	s := start(t, demo.Options{Users: 20}, underAPath)
	for _, path := range []string{"/users?q=example.com", "/invite", "/activity?q=x"} {
		p := s.browser().signIn(path, demo.AdminEmail)
		if got := p.url.String(); p.status != http.StatusOK || got != s.site+path {
			t.Errorf("asked for %s, came back to %d %s", path, p.status, got)
		}
	}
}

func TestUnderABasePathASessionThatEndedLeadsBackFromAPartAndFromAForm(t *testing.T) {
	s := start(t, demo.Options{Users: 20}, underAPath)
	b := s.browser()
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p := b.get(s.site+"/users/methods?q=jo", "HX-Request", "true", "HX-Current-URL", s.site+"/users?q=jo&page=2")
	if to := p.header.Get("HX-Redirect"); !strings.HasSuffix(to, "return_to="+url.QueryEscape("/admin/users-ui/users?q=jo&page=2")) {
		t.Errorf("htmx is sent to %q", to)
	}
	origin, _, _ := strings.Cut(s.site, "/admin/")
	p = b.post("/invite", url.Values{}, "Origin", origin)
	if p.status != http.StatusUnauthorized || !strings.Contains(p.body, "return_to="+url.QueryEscape("/admin/users-ui/invite")) {
		t.Errorf("a form that came too late: %d %s", p.status, p.body)
	}
}
