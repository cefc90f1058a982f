package handlers_test

import (
	"net/http"
	"net/url"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// What the server's time for an answer is made of: lists, and single calls beside two renewals of the token.
func TestNoPageAsksForMoreThanItsTimeIsMadeFor(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, demo.Options{Users: 20}, harness.With("LIST_MAX_AGE", "0s")) // each look at the list reads it
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID("user@example.com")
	partial := []string{"HX-Request", "true", "HX-Request-Type", "partial"}
	for name, ask := range map[string]func() harness.Page{
		"a fresh list": func() harness.Page { return b.Get(s.Site + "/users?fresh=1") },
		"an account":   func() harness.Page { return b.Get(s.Site + "/users/" + id) },
		"the question": func() harness.Page { return b.Get(s.Site + "/users/" + id + "/deactivate") },
		"a change":     func() harness.Page { return b.Post("/users/"+id+"/deactivate", url.Values{}) },
		"a change in the list": func() harness.Page {
			return b.Post("/users/"+id+"/activate", url.Values{"return": {"/users"}}, partial...)
		},
		"a change on the account's page": func() harness.Page { return b.Post("/users/"+id+"/activate", url.Values{}, partial...) },
		"a change that fails":            func() harness.Page { return failing(b, "deactivate").Post("/users/"+id+"/deactivate", url.Values{}) },
		"an invitation":                  func() harness.Page { return b.Post("/invite", harness.InvitationForm("new@example.com")) },
		"an invitation that fails": func() harness.Page {
			return failing(b, "invite").Post("/invite", harness.InvitationForm("newer@example.com"))
		},
	} {
		s.ForgetRequests()
		p := ask()
		lists := len(s.Requests("query-list"))
		if singles := len(s.Requests("")) - lists; lists > 3 || singles > 4 || p.Status == http.StatusServiceUnavailable {
			t.Errorf("%s: %d, %d lists and %d single calls", name, p.Status, lists, singles)
		}
	}
}

// failing has the next call of an endpoint fail.
func failing(b *harness.Browser, endpoint string) *harness.Browser {
	b.T.Helper()
	b.Fault(endpoint, map[string]any{"status": 500, "times": 1})
	return b
}
