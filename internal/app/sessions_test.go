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
