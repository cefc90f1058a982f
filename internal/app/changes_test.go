package app_test

import (
	"database/sql"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	_ "modernc.org/sqlite" // to look into the dashboard's database

	"wallaroo-user-admin/internal/demo"
)

// field gives the value of a page's form field.
func (p page) field(name string) string {
	if n := find(p.doc, func(n *html.Node) bool { return n.Data == "input" && attribute(n, "name") == name }); n != nil {
		return attribute(n, "value")
	}
	return ""
}

// invite fills in the form of GET /invite.
func (b *browser) invite(email string) page {
	b.t.Helper()
	key := b.get(b.site + "/invite").field("key")
	return b.post("/invite", url.Values{"email": {email}, "pw": {"auto"}, "key": {key}})
}

var shownPassword = regexp.MustCompile(`id="new-password"[^>]*>([^<]+)<`)

func (p page) password(t *testing.T) string {
	t.Helper()
	found := shownPassword.FindStringSubmatch(p.body)
	if found == nil {
		t.Fatalf("no password on the page: %s", p.text())
	}
	return html.UnescapeString(found[1])
}

func TestTheWholeStory(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	invited := b.invite("new.person@example.com")
	password := invited.password(t)
	if invited.status != http.StatusOK || invited.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d, %v", invited.status, invited.header)
	}
	id := s.userID("new.person@example.com")

	theirs := s.browser()
	form := theirs.get(s.site + "/users")
	set := theirs.submit(form, "username", "new.person@example.com", "password", password)
	in := theirs.submit(set, "password-new", "their own 1", "password-confirm", "their own 1")
	if in.status != http.StatusForbidden || !strings.Contains(in.text(), "not an administrator") {
		t.Errorf("the invited one got %d %s", in.status, in.text())
	}

	asked := b.get(s.site + "/users/" + id + "/deactivate")
	done := b.submit(asked)
	if done.url.Path != "/users/"+id || !strings.Contains(done.body, "Deactivated") || s.account("new.person@example.com").Enabled {
		t.Errorf("after deactivating: %s %s", done.url, done.text())
	}
	refused := s.browser().signIn2(s, "new.person@example.com", "their own 1")
	if !strings.Contains(refused.text(), "disabled") {
		t.Errorf("a deactivated one got %s", refused.text())
	}
	if undone := b.submit(done); !s.account("new.person@example.com").Enabled || !strings.Contains(undone.body, "Activated") {
		t.Errorf("after undoing: %s", undone.text())
	}
	log := b.get(s.site + "/activity").text()
	for _, want := range []string{"Invited new.person@example.com", "Deactivated new.person@example.com", "Activated new.person@example.com", "Signed in", "Tried to get in without the role"} {
		if !strings.Contains(log, want) {
			t.Errorf("the activity log lacks %q: %s", want, log)
		}
	}
	if mine := b.get(s.site + "/users/" + id).text(); !strings.Contains(mine, "Invited Ada Administrator") {
		t.Errorf("the account's page lacks its activity: %s", mine)
	}
}

// signIn2 signs in with a password other than the demo's.
func (b *browser) signIn2(s *stack, who, password string) page {
	b.t.Helper()
	return b.submit(b.get(s.site+"/users"), "username", who, "password", password)
}

func TestAFormSentTwiceSendsOneInvitation(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	form := url.Values{"email": {"twice@example.com"}, "pw": {"auto"}, "key": {b.get(s.site + "/invite").field("key")}}
	first := b.post("/invite", form)
	again := b.post("/invite", form)
	if len(s.requests("invite")) != 1 || !strings.Contains(again.text(), "This form was sent already") || strings.Contains(again.body, first.password(t)) {
		t.Errorf("%d calls; the second answer: %s", len(s.requests("invite")), again.text())
	}
	other := s.signedIn(demo.SecondAdminEmail)
	form.Set("email", "thrice@example.com")
	if p := other.post("/invite", form); len(s.requests("invite")) != 2 {
		t.Errorf("another's key was taken for theirs: %s", p.text())
	}
	form.Del("key")
	if p := b.post("/invite", form); p.status != http.StatusBadRequest || len(s.requests("invite")) != 2 {
		t.Errorf("without a key: %d", p.status)
	}
}

func TestWithoutAnIntentNoChangeIsSent(t *testing.T) {
	dir := t.TempDir()
	s := start(t, demo.Options{Users: 20}, with("DATABASE_URL", "sqlite:"+filepath.Join(dir, "x.db")))
	b := s.signedIn(demo.AdminEmail)
	id := s.userID("user@example.com")
	asked, form := b.get(s.site+"/users/"+id+"/deactivate"), b.get(s.site+"/invite")
	db, err := sql.Open("sqlite", filepath.Join(dir, "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.ExecContext(t.Context(), `ALTER TABLE audit_events RENAME TO away`); err != nil {
		t.Fatal(err)
	}
	for _, p := range []page{b.submit(asked), b.post("/users/"+id+"/activate", url.Values{}), b.post("/invite", url.Values{"email": {"x@example.com"}, "key": {form.field("key")}})} {
		if p.status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s", p.url, p.status, p.text())
		}
	}
	if n := len(s.requests("invite")) + len(s.requests("activate")) + len(s.requests("deactivate")); n != 0 {
		t.Errorf("%d changes were sent", n)
	}
}

func TestSec33_TokensAndPasswordsAreNowhereToBeSeen(t *testing.T) {
	dir := t.TempDir()
	s := start(t, demo.Options{Users: 20}, with("DATABASE_URL", "sqlite:"+filepath.Join(dir, "x.db")))
	b := s.signedIn(demo.AdminEmail)
	pages := []page{b.get(s.site + "/users"), b.get(s.site + "/users/" + s.userID(demo.AdminEmail)), b.get(s.site + "/activity")}
	invited := b.invite("secret@example.com")
	password := invited.password(t)
	pages = append(pages, b.get(s.site+"/activity"), b.get(s.site+"/users?q=secret"))
	for _, p := range pages {
		if strings.Contains(p.body, "eyJ") || strings.Contains(p.body, password) {
			t.Errorf("%s shows a token or the password", p.url)
		}
	}
	site, err := url.Parse(s.site)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(site) {
		if strings.Contains(c.Value, "eyJ") || len(c.Value) > 200 {
			t.Errorf("cookie %s: %s", c.Name, c.Value)
		}
	}
	log := s.log.String()
	for what, secret := range map[string]string{"a token": "eyJ", "the password": password, "the client's secret": "the-client-secret", "a code": "code=", "a cookie": b.client.Jar.Cookies(site)[0].Value} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %s", what)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "eyJ") || strings.Contains(string(text), password) {
			t.Errorf("%s has a token or the password in the clear", filepath.Base(f))
		}
	}
}

func TestSec34_TheAPIGetsTheAdministratorsOwnAccessToken(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	first, second := s.signedIn(demo.AdminEmail), s.signedIn(demo.SecondAdminEmail)
	s.control(http.MethodDelete, "requests", nil)
	first.get(s.site + "/users?fresh=1")
	second.get(s.site + "/users?fresh=1")
	var subjects []string
	for _, r := range s.requests("query-list") {
		sub, _ := r["sub"].(string)
		subjects = append(subjects, sub)
	}
	if len(subjects) != 2 || subjects[0] != demo.AdminID || subjects[1] != s.userID(demo.SecondAdminEmail) {
		t.Errorf("the API was asked by %q", subjects)
	}
}

func TestSec40_WithoutTheRoleThereIsNoSessionAndNoCall(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	b := s.browser()
	if p := b.signIn("/users", demo.PlainEmail); p.status != http.StatusForbidden || !strings.Contains(p.text(), "Uma User") {
		t.Errorf("%d %s", p.status, p.text())
	}
	site, err := url.Parse(s.site)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(site) {
		if strings.HasSuffix(c.Name, "wallaroo-user-admin") {
			t.Errorf("there is a session: %s", c.Name)
		}
	}
	if n := len(s.requests("query-list")); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestTheFirstQueryRefusedNamesTheStepInTheGuide(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		s := start(t, demo.Options{Users: 20})
		s.control(http.MethodPost, "faults", map[string]any{"endpoint": "query", "status": status})
		b := s.browser()
		p := b.signIn("/users", demo.AdminEmail)
		if p.status != http.StatusForbidden || !strings.Contains(p.text(), "docs/identity-provider.md") || !strings.Contains(p.text(), "Give the client Wallaroo’s mappers") {
			t.Errorf("%d: %d %s", status, p.status, p.text())
		}
		if again := b.get(s.site + "/users"); again.url.Path != "/users" || again.status != http.StatusForbidden {
			t.Errorf("%d, again: %d %s", status, again.status, again.url)
		}
		s.control(http.MethodDelete, "faults", nil)
		if fixed := b.get(s.site + "/users"); fixed.status != http.StatusOK {
			t.Errorf("%d, after the mappers were added: %d", status, fixed.status)
		}
	}
}

func TestSec24_A401AfterItWorkedLeadsToSignInAndNeverInCircles(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "query", "status": http.StatusUnauthorized})
	// The provider's session goes on, so that signing in is seamless.
	for _, path := range []string{"/users?fresh=1", "/users/" + s.userID("user@example.com"), "/invite"} {
		if p := b.get(s.site + path); p.status != http.StatusForbidden || !strings.Contains(p.text(), "Wallaroo refuses this sign-in") {
			t.Errorf("%s: got %d at %s: %s", path, p.status, p.url, p.text())
		}
	}
}
