package app_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

// What the server's time for an answer is made of: lists, and single calls beside two renewals of the token.
func TestNoPageAsksForMoreThanItsTimeIsMadeFor(t *testing.T) {
	t.Parallel()
	s := start(t, demo.Options{Users: 20}, with("LIST_MAX_AGE", "0s")) // each look at the list reads it
	b := s.signedIn(demo.AdminEmail)
	id := s.userID("user@example.com")
	partial := []string{"HX-Request", "true", "HX-Request-Type", "partial"}
	for name, ask := range map[string]func() page{
		"a fresh list":                   func() page { return b.get(s.site + "/users?fresh=1") },
		"an account":                     func() page { return b.get(s.site + "/users/" + id) },
		"the question":                   func() page { return b.get(s.site + "/users/" + id + "/deactivate") },
		"a change":                       func() page { return b.post("/users/"+id+"/deactivate", url.Values{}) },
		"a change in the list":           func() page { return b.post("/users/"+id+"/activate", url.Values{"return": {"/users"}}, partial...) },
		"a change on the account's page": func() page { return b.post("/users/"+id+"/activate", url.Values{}, partial...) },
		"a change that fails":            func() page { return b.failing("deactivate").post("/users/"+id+"/deactivate", url.Values{}) },
		"an invitation":                  func() page { return b.post("/invite", invitation("new@example.com")) },
		"an invitation that fails":       func() page { return b.failing("invite").post("/invite", invitation("newer@example.com")) },
	} {
		s.control(http.MethodDelete, "requests", nil)
		p := ask()
		lists := len(s.requests("query-list"))
		if singles := len(s.requests("")) - lists; lists > 3 || singles > 4 || p.status == http.StatusServiceUnavailable {
			t.Errorf("%s: %d, %d lists and %d single calls", name, p.status, lists, singles)
		}
	}
}

func invitation(email string) url.Values {
	return url.Values{"email": {email}, "pw": {"auto"}, "key": {rand.Text()}}
}

// failing has the next call of an endpoint fail.
func (b *browser) failing(endpoint string) *browser {
	b.t.Helper()
	b.control(http.MethodPost, "faults", map[string]any{"endpoint": endpoint, "status": 500, "times": 1})
	return b
}
