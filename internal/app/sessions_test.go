package app_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

func TestSec47_SignOutEndsTheSessionOnTheServerAndACopiedCookieIsDead(t *testing.T) {
	s := start(t, demo.Options{Users: 5})
	b, thief := s.signedIn(demo.AdminEmail), s.browser()
	site, err := url.Parse(s.site)
	if err != nil {
		t.Fatal(err)
	}
	thief.client.Jar.SetCookies(site, b.client.Jar.Cookies(site))
	if p := thief.get(s.site + "/activity"); p.url.Path != "/activity" {
		t.Fatal("the copied cookie is no session to begin with")
	}
	out := b.post("/logout", url.Values{})
	if out.status != http.StatusOK || !strings.HasPrefix(out.header.Get("Refresh"), "0; url="+s.standIn) {
		t.Errorf("signing out: %d %v", out.status, out.header)
	}
	if p := thief.get(s.site + "/activity"); p.url.Path == "/activity" {
		t.Error("the copied cookie lives on")
	}
}

// A logout token may name the session alone (Back-Channel Logout 1.0, section 2.4).
func TestSec49_ALogoutTokenWithoutASubjectIsWrittenDownUnderWhoseItWas(t *testing.T) {
	s := start(t, demo.Options{Users: 5}, with("LIST_MAX_AGE", "1h"))
	b, other := s.signedIn(demo.AdminEmail), s.signedIn(demo.SecondAdminEmail)
	id := s.userID(demo.AdminEmail)
	s.control(http.MethodPost, "end-session", map[string]any{"sub": id, "withoutSub": true})
	if p := b.get(s.site + "/users"); p.url.Host == s.host() {
		t.Errorf("the session lives on: %d %s", p.status, p.url)
	}
	if log := other.get(s.site + "/activity?action=sign-out").text(); !strings.Contains(log, "back-channel logout") || !strings.Contains(log, id) {
		t.Errorf("the log doesn't name them: %s", log)
	}
	s.control(http.MethodDelete, "requests", nil)
	if p := b.signIn("/users", demo.AdminEmail); p.status != http.StatusOK || len(s.requests("query-list")) == 0 {
		t.Errorf("%d; the list of the session that ended is shown", p.status)
	}
}

func TestSignOutEverywhereElse(t *testing.T) {
	s := start(t, demo.Options{Users: 5})
	here, there, other := s.signedIn(demo.AdminEmail), s.signedIn(demo.AdminEmail), s.signedIn(demo.SecondAdminEmail)
	list := here.get(s.site + "/sessions")
	if text := list.text(); strings.Count(text, "This browser") != 1 || strings.Count(text, "Another browser") != 1 {
		t.Errorf("the list: %s", text)
	}
	after := here.submit(list)
	if text := after.text(); after.url.Path != "/sessions" || strings.Contains(text, "Another browser") {
		t.Errorf("after ending the others: %s %s", after.url, text)
	}
	for who, b := range map[string]*browser{"this one": here, "another administrator": other} {
		if p := b.get(s.site + "/activity"); p.url.Path != "/activity" {
			t.Errorf("%s was signed out", who)
		}
	}
	b := there
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if p := b.get(s.site + "/activity"); p.status != http.StatusSeeOther {
		t.Errorf("the other session lives on: %d", p.status)
	}
	if log := here.get(s.site + "/activity").text(); !strings.Contains(log, "Ended sessions") {
		t.Errorf("it is not in the activity log: %s", log)
	}
}

func TestSec65_WhoSignsInWithoutTheRoleAgainAndAgainIsWrittenDownOnceAMinute(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	s := start(t, demo.Options{Users: 5}, with("DATABASE_URL", "sqlite:"+file))
	b := s.browser()
	first := b.signIn("/users", demo.PlainEmail)
	for range 10 {
		if p := b.get(s.site + "/users"); p.status != http.StatusForbidden || first.status != http.StatusForbidden {
			t.Fatalf("%d, %d %s", first.status, p.status, p.text())
		}
	}
	var n int
	if err := openFile(t, file).QueryRowContext(t.Context(), `SELECT count(*) FROM audit_events WHERE action = 'role-denied'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	if n < 1 || n > 2 { // a minute may end in between
		t.Errorf("written down %d times", n)
	}
}
