package handlers_test

import (
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to look into the dashboard's database

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

func TestAnInvitedUserSignsInAndIsDeactivatedAndReactivated(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	invited := b.Invite("new.person@example.com")
	password := invited.Password(t)
	if invited.Status != http.StatusOK || invited.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d, %v", invited.Status, invited.Header)
	}
	id := s.UserID("new.person@example.com")

	theirs := s.NewBrowser()
	form := theirs.Get(s.Site + "/users")
	set := theirs.Submit(form, "username", "new.person@example.com", "password", password)
	in := theirs.Submit(set, "password-new", "their own 1", "password-confirm", "their own 1")
	if in.Status != http.StatusForbidden || !strings.Contains(in.Text(), "not an administrator") {
		t.Errorf("the invited one got %d %s", in.Status, in.Text())
	}

	asked := b.Get(s.Site + "/users/" + id + "/deactivate")
	done := b.Submit(asked)
	if done.URL.Path != "/users/"+id || !strings.Contains(done.Body, "Deactivated") || s.Account("new.person@example.com").Enabled {
		t.Errorf("after deactivating: %s %s", done.URL, done.Text())
	}
	refused := signInWith(s.NewBrowser(), s, "new.person@example.com", "their own 1")
	if !strings.Contains(refused.Text(), "disabled") {
		t.Errorf("a deactivated one got %s", refused.Text())
	}
	if undone := b.Submit(done); !s.Account("new.person@example.com").Enabled || !strings.Contains(undone.Body, "Activated") {
		t.Errorf("after undoing: %s", undone.Text())
	}
	log := b.Get(s.Site + "/activity").Text()
	for _, want := range []string{"Invited new.person@example.com", "Deactivated new.person@example.com", "Activated new.person@example.com", "Signed in", "Tried to get in without the role"} {
		if !strings.Contains(log, want) {
			t.Errorf("the activity log lacks %q: %s", want, log)
		}
	}
	if mine := b.Get(s.Site + "/users/" + id).Text(); !strings.Contains(mine, "Invited Ada Administrator") {
		t.Errorf("the account's page lacks its activity: %s", mine)
	}
}

// signIn2 signs in with a password other than the demo's.
func signInWith(b *harness.Browser, s *harness.Stack, who, password string) harness.Page {
	b.T.Helper()
	return b.Submit(b.Get(s.Site+"/users"), "username", who, "password", password)
}

func TestAFormSentTwiceSendsOneInvitation(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	form := url.Values{"email": {"twice@example.com"}, "pw": {"auto"}, "key": {b.Get(s.Site + "/invite").Field("key")}}
	first := b.Post("/invite", form)
	again := b.Post("/invite", form)
	if len(s.Requests("invite")) != 1 || !strings.Contains(again.Text(), "This form was sent already") || strings.Contains(again.Body, first.Password(t)) {
		t.Errorf("%d calls; the second answer: %s", len(s.Requests("invite")), again.Text())
	}
	other := s.SignedIn(demo.SecondAdminEmail)
	form.Set("email", "thrice@example.com")
	if p := other.Post("/invite", form); len(s.Requests("invite")) != 2 {
		t.Errorf("another's key was taken for theirs: %s", p.Text())
	}
	form.Del("key")
	if p := b.Post("/invite", form); p.Status != http.StatusBadRequest || len(s.Requests("invite")) != 2 {
		t.Errorf("without a key: %d", p.Status)
	}
}

func TestWithoutAnIntentNoChangeIsSent(t *testing.T) {
	dir := t.TempDir()
	s := harness.Start(t, demo.Options{Users: 20}, harness.With("DATABASE_URL", "sqlite:"+filepath.Join(dir, "x.db")))
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID("user@example.com")
	asked, form := b.Get(s.Site+"/users/"+id+"/deactivate"), b.Get(s.Site+"/invite")
	db, err := sql.Open("sqlite", filepath.Join(dir, "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(t.Context(), `ALTER TABLE audit_events RENAME TO away`); err != nil {
		t.Fatal(err)
	}
	for _, p := range []harness.Page{b.Submit(asked), b.Post("/users/"+id+"/activate", url.Values{}), b.Post("/invite", url.Values{"email": {"x@example.com"}, "key": {form.Field("key")}})} {
		if p.Status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s", p.URL, p.Status, p.Text())
		}
	}
	if n := len(s.Requests("invite")) + len(s.Requests("activate")) + len(s.Requests("deactivate")); n != 0 {
		t.Errorf("%d changes were sent", n)
	}
}
