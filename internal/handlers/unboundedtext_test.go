package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// An attribute may hold a picture: the page shows the beginning, and links to the whole.
func TestAHugeAnswerIsShownInPartWithALinkToTheWhole(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	long := strings.Repeat("picture ", 50_000)
	s.Control(http.MethodPost, "users", map[string]any{"user": "user@example.com", "requiredActions": []string{long}, "lastName": long[:200_000]})
	id := s.UserID("user@example.com")
	for _, path := range []string{"/users/" + id, "/users?fresh=1"} {
		if p := b.Get(s.Site + path); p.Status != http.StatusOK || len(p.Body) > 200_000 {
			t.Errorf("%s: %d, %d bytes", path, p.Status, len(p.Body))
		}
	}
	p := b.Get(s.Site + "/users/" + id)
	if !strings.Contains(p.Text(), "Open the whole answer") || !strings.Contains(p.Text(), "16 kB") {
		t.Errorf("the page does not lead to the rest: %s", p.Text()[:2000])
	}
	whole := b.Get(s.Site + "/users/" + id + "/raw")
	if whole.Status != http.StatusOK || !strings.Contains(whole.Body, long) || !strings.HasPrefix(whole.Header.Get("Content-Type"), "application/json") {
		t.Errorf("the whole: %d, %d bytes of %s", whole.Status, len(whole.Body), whole.Header.Get("Content-Type"))
	}
	if p := b.Get(s.Site+"/users/"+id+"/raw", "Sec-Fetch-Site", "cross-site"); p.Status != http.StatusForbidden {
		t.Errorf("for another site: %d", p.Status)
	}
	small := b.Get(s.Site + "/users/" + s.UserID(demo.AdminEmail))
	if strings.Contains(small.Text(), "Open the whole answer") || !strings.Contains(small.Body, "createdTimestamp") {
		t.Errorf("a small one: %s", small.Text())
	}
}
