package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// Of two tabs, or of a page and parts from two servers, the request for a page's cells may have been made for another
// page.
func TestSignInMethodsFillEveryPageThatAwaitsThem(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 30})
	b := s.SignedIn(demo.AdminEmail)
	b.Get(b.Site + "/users?per=25")
	for _, tab := range []string{"first", "second"} {
		p := b.Get(b.Site + "/users/methods?per=25")
		if n := strings.Count(p.Body, "<hx-partial"); p.Status != http.StatusOK || n != 25 {
			t.Errorf("the %s page gets %d of 25 cells: %d %s", tab, n, p.Status, p.Body)
		}
	}
	if n := len(s.Requests("query-by-id")); n != 1 {
		t.Errorf("the API was asked %d times", n)
	}
}
