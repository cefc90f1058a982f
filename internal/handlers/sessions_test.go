package handlers_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

func TestSec47_SignOutEndsTheSessionOnTheServerAndACopiedCookieIsDead(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b, thief := s.SignedIn(demo.AdminEmail), s.NewBrowser()
	site, err := url.Parse(s.Site)
	if err != nil {
		t.Fatal(err)
	}
	thief.Client.Jar.SetCookies(site, b.Client.Jar.Cookies(site))
	if p := thief.Get(s.Site + "/activity"); p.URL.Path != "/activity" {
		t.Fatal("the copied cookie is no session to begin with")
	}
	out := b.Post("/logout", url.Values{})
	if out.Status != http.StatusOK || !strings.HasPrefix(out.Header.Get("Refresh"), "0; url="+s.StandIn) {
		t.Errorf("signing out: %d %v", out.Status, out.Header)
	}
	if p := thief.Get(s.Site + "/activity"); p.URL.Path == "/activity" {
		t.Error("the copied cookie lives on")
	}
}

// A logout token may name only the session (Back-Channel Logout 1.0, section 2.4).
func TestSec49_ALogoutTokenWithoutASubjectIsAuditedUnderTheSessionsUser(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5}, harness.With("LIST_MAX_AGE", "1h"))
	b, other := s.SignedIn(demo.AdminEmail), s.SignedIn(demo.SecondAdminEmail)
	id := s.UserID(demo.AdminEmail)
	s.Control(http.MethodPost, "end-session", map[string]any{"sub": id, "withoutSub": true})
	if p := b.Get(s.Site + "/users"); p.URL.Host == s.Host() {
		t.Errorf("the session lives on: %d %s", p.Status, p.URL)
	}
	if log := other.Get(s.Site + "/activity?action=sign-out").Text(); !strings.Contains(log, "back-channel logout") || !strings.Contains(log, id) {
		t.Errorf("the log doesn't name them: %s", log)
	}
	s.ForgetRequests()
	if p := b.SignIn("/users", demo.AdminEmail); p.Status != http.StatusOK || len(s.Requests("query-list")) == 0 {
		t.Errorf("%d; the list of the session that ended is shown", p.Status)
	}
}

func TestSignOutEverywhereElse(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	here, there, other := s.SignedIn(demo.AdminEmail), s.SignedIn(demo.AdminEmail), s.SignedIn(demo.SecondAdminEmail)
	list := here.Get(s.Site + "/sessions")
	if text := list.Text(); strings.Count(text, "This browser") != 1 || strings.Count(text, "Another browser") != 1 {
		t.Errorf("the list: %s", text)
	}
	after := here.Submit(list)
	if text := after.Text(); after.URL.Path != "/sessions" || strings.Contains(text, "Another browser") {
		t.Errorf("after ending the others: %s %s", after.URL, text)
	}
	for who, b := range map[string]*harness.Browser{"this one": here, "another administrator": other} {
		if p := b.Get(s.Site + "/activity"); p.URL.Path != "/activity" {
			t.Errorf("%s was signed out", who)
		}
	}
	if p := there.NoRedirects().Get(s.Site + "/activity"); p.Status != http.StatusSeeOther {
		t.Errorf("the other session lives on: %d", p.Status)
	}
	if log := here.Get(s.Site + "/activity").Text(); !strings.Contains(log, "Ended sessions") {
		t.Errorf("it is not in the activity log: %s", log)
	}
}

func TestSec65_RepeatedSignInsWithoutTheRoleAreAuditedOnceAMinute(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	s := harness.Start(t, demo.Options{Users: 5}, harness.With("DATABASE_URL", "sqlite:"+file))
	b := s.NewBrowser()
	first := b.SignIn("/users", demo.PlainEmail)
	for range 10 {
		if p := b.Get(s.Site + "/users"); p.Status != http.StatusForbidden || first.Status != http.StatusForbidden {
			t.Fatalf("%d, %d %s", first.Status, p.Status, p.Text())
		}
	}
	var n int
	if err := harness.OpenSQLite(t, file).QueryRowContext(t.Context(), `SELECT count(*) FROM audit_events WHERE action = 'role-denied'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	if n < 1 || n > 2 { // a minute may end in between
		t.Errorf("written down %d times", n)
	}
}
