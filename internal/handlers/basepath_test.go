package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

func underAPath(environ map[string]string) { environ["PUBLIC_URL"] += "/admin/users-ui" }

func TestUnderABasePathASignInComesBackToThePageAskedFor(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20}, underAPath)
	for _, path := range []string{"/users?q=example.com", "/invite", "/activity?q=x"} {
		p := s.NewBrowser().SignIn(path, demo.AdminEmail)
		if got := p.URL.String(); p.Status != http.StatusOK || got != s.Site+path {
			t.Errorf("asked for %s, came back to %d %s", path, p.Status, got)
		}
	}
}

func TestUnderABasePathASessionThatEndedLeadsBackFromAPartAndFromAForm(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20}, underAPath)
	b := s.NewBrowser().NoRedirects()
	p := b.Get(s.Site+"/users/methods?q=jo", "HX-Request", "true", "HX-Current-URL", s.Site+"/users?q=jo&page=2")
	if to := p.Header.Get("HX-Redirect"); !strings.HasSuffix(to, "return_to="+url.QueryEscape("/admin/users-ui/users?q=jo&page=2")) {
		t.Errorf("htmx is sent to %q", to)
	}
	origin, _, _ := strings.Cut(s.Site, "/admin/")
	p = b.Post("/invite", url.Values{}, "Origin", origin)
	if p.Status != http.StatusUnauthorized || !strings.Contains(p.Body, "return_to="+url.QueryEscape("/admin/users-ui/invite")) {
		t.Errorf("a form that came too late: %d %s", p.Status, p.Body)
	}
}
