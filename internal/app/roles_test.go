package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

// The pages that ask nothing of the API are guarded like those whose calls it would refuse.
func TestSec40_ARoleThatWasLostClosesEveryRouteAfterARenewal(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	id := s.userID(demo.PlainEmail)
	if p := b.get(s.site + "/activity"); p.status != http.StatusOK {
		t.Fatalf("before: %d %s", p.status, p.text())
	}
	s.control(http.MethodPost, "users", map[string]any{"user": demo.AdminEmail, "admin": false})
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "query", "status": http.StatusUnauthorized, "times": 1})
	renewals := len(s.requests("token"))
	if p := b.once().get(s.site + "/users/" + id); p.status != http.StatusForbidden || len(s.requests("token")) != renewals+1 {
		t.Fatalf("the renewal: %d with %d more token calls: %s", p.status, len(s.requests("token"))-renewals, p.text())
	}
	s.control(http.MethodDelete, "requests", nil)
	closed := func(p page, method, path string) {
		t.Helper()
		if p.status != http.StatusForbidden || method != http.MethodHead && !strings.Contains(p.text(), "not an administrator") {
			t.Errorf("%s %s: %d %s", method, path, p.status, p.text())
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, path := range paths(t, method, id, publicRoutes()...) {
			closed(b.once().do(method, s.site+path, nil), method, path)
		}
	}
	for _, path := range paths(t, http.MethodPost, id, publicRoutes()...) {
		closed(b.once().post(path, url.Values{"email": {"forged@example.com"}, "key": {"k"}, "pw": {"auto"}}), http.MethodPost, path)
	}
	for _, endpoint := range []string{"query", "query-list", "query-by-id", "invite", "activate", "deactivate"} {
		if n := len(s.requests(endpoint)); n != 0 {
			t.Errorf("the API was asked %d times: %s", n, endpoint)
		}
	}
}
