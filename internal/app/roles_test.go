package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// The pages that ask nothing of the API are guarded like those whose calls it would refuse.
func TestSec40_ARoleThatWasLostClosesEveryRouteAfterARenewal(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID(demo.PlainEmail)
	if p := b.Get(s.Site + "/activity"); p.Status != http.StatusOK {
		t.Fatalf("before: %d %s", p.Status, p.Text())
	}
	s.Control(http.MethodPost, "users", map[string]any{"user": demo.AdminEmail, "admin": false})
	s.Fault("query", map[string]any{"status": http.StatusUnauthorized, "times": 1})
	renewals := len(s.Requests("token"))
	if p := b.NoRedirects().Get(s.Site + "/users/" + id); p.Status != http.StatusForbidden || len(s.Requests("token")) != renewals+1 {
		t.Fatalf("the renewal: %d with %d more token calls: %s", p.Status, len(s.Requests("token"))-renewals, p.Text())
	}
	s.ForgetRequests()
	closed := func(p harness.Page, method, path string) {
		t.Helper()
		if p.Status != http.StatusForbidden || method != http.MethodHead && !strings.Contains(p.Text(), "not an administrator") {
			t.Errorf("%s %s: %d %s", method, path, p.Status, p.Text())
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, path := range harness.Paths(t, method, id, harness.PublicRoutes()...) {
			closed(b.NoRedirects().Do(method, s.Site+path, nil), method, path)
		}
	}
	for _, path := range harness.Paths(t, http.MethodPost, id, harness.PublicRoutes()...) {
		closed(b.NoRedirects().Post(path, url.Values{"email": {"forged@example.com"}, "key": {"k"}, "pw": {"auto"}}), http.MethodPost, path)
	}
	for _, endpoint := range []string{"query", "query-list", "query-by-id", "invite", "activate", "deactivate"} {
		if n := len(s.Requests(endpoint)); n != 0 {
			t.Errorf("the API was asked %d times: %s", n, endpoint)
		}
	}
}
