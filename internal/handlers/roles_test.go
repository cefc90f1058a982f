package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to look into the dashboard's database

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// Pages without an API call require the role like those whose calls the API would refuse.
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

func TestSec34_TheAPIGetsTheAdministratorsOwnAccessToken(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	first, second := s.SignedIn(demo.AdminEmail), s.SignedIn(demo.SecondAdminEmail)
	s.ForgetRequests()
	first.Get(s.Site + "/users?fresh=1")
	second.Get(s.Site + "/users?fresh=1")
	var subjects []string
	for _, r := range s.Requests("query-list") {
		sub, _ := r["sub"].(string)
		subjects = append(subjects, sub)
	}
	if len(subjects) != 2 || subjects[0] != demo.AdminID || subjects[1] != s.UserID(demo.SecondAdminEmail) {
		t.Errorf("the API was asked by %q", subjects)
	}
}

func TestSec40_WithoutTheRoleThereIsNoSessionAndNoCall(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.NewBrowser()
	if p := b.SignIn("/users", demo.PlainEmail); p.Status != http.StatusForbidden || !strings.Contains(p.Text(), "Uma User") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if id := b.SessionID(); id != "" {
		t.Errorf("there is a session: %s", id)
	}
	if n := len(s.Requests("query-list")); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestAFirstQueryThatIsRefusedNamesTheStepInTheGuide(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		s := harness.Start(t, demo.Options{Users: 20})
		s.Fault("query", map[string]any{"status": status})
		b := s.NewBrowser()
		p := b.SignIn("/users", demo.AdminEmail)
		for strings.Contains(p.Text(), "Reading the accounts") { // on a busy machine the first read takes over a second
			p = b.Get(s.Site + "/users")
		}
		if p.Status != http.StatusForbidden || !strings.Contains(p.Text(), "docs/identity-provider.md") || !strings.Contains(p.Text(), "Give the client Wallaroo’s mappers") {
			t.Errorf("%d: %d %s", status, p.Status, p.Text())
		}
		if again := b.Get(s.Site + "/users"); again.URL.Path != "/users" || again.Status != http.StatusForbidden {
			t.Errorf("%d, again: %d %s", status, again.Status, again.URL)
		}
		s.NoFaults()
		if fixed := b.Get(s.Site + "/users"); fixed.Status != http.StatusOK {
			t.Errorf("%d, after the mappers were added: %d", status, fixed.Status)
		}
	}
}

func TestSec24_A401AfterSuccessLeadsToSignInWithoutARedirectLoop(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	s.Fault("query", map[string]any{"status": http.StatusUnauthorized})
	// The provider's session goes on, so that signing in is seamless.
	for _, path := range []string{"/users?fresh=1", "/users/" + s.UserID("user@example.com"), "/invite"} {
		if p := b.Get(s.Site + path); p.Status != http.StatusForbidden || !strings.Contains(p.Text(), "Wallaroo refuses this sign-in") {
			t.Errorf("%s: got %d at %s: %s", path, p.Status, p.URL, p.Text())
		}
	}
}
