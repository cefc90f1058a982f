package app_test

import (
	"net/http"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

// Two tabs, or a page from one server and its parts from another: what fills a
// page's cells may have been asked for on behalf of another page.
func TestHowPeopleSignInFillsEveryPageThatAwaitsIt(t *testing.T) {
	s := start(t, demo.Options{Users: 30})
	b := s.signedIn(demo.AdminEmail)
	b.get(b.site + "/users?per=25")
	for _, tab := range []string{"first", "second"} {
		p := b.get(b.site + "/users/methods?per=25")
		if n := strings.Count(p.body, "<hx-partial"); p.status != http.StatusOK || n != 25 {
			t.Errorf("the %s page gets %d of 25 cells: %d %s", tab, n, p.status, p.body)
		}
	}
	if n := len(s.requests("query-by-id")); n != 1 {
		t.Errorf("the API was asked %d times", n)
	}
}
