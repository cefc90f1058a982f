package handlers_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// startWithout starts a site whose API leaves members out of its answers about
// user@example.com, and returns that account's id.
func startWithout(t *testing.T, lacks []string, settings ...harness.Setting) (s *harness.Stack, b *harness.Browser, id string) {
	t.Helper()
	s = harness.Start(t, demo.Options{Users: 20}, settings...)
	id = s.UserID(demo.PlainEmail)
	s.Control(http.MethodPost, "users", map[string]any{"user": id, "lacks": lacks})
	return s, s.SignedIn(demo.AdminEmail), id
}

// textOf returns the text of the first element with an id.
func textOf(p harness.Page, id string) string {
	found := harness.Find(p.Doc, func(n *html.Node) bool { return harness.Attribute(n, "id") == id })
	if found == nil {
		return ""
	}
	return harness.Page{Doc: found}.Text()
}

// fact returns the text beside a term of an account's page.
func fact(p harness.Page, term string) string {
	text := ""
	harness.Each(p.Doc, func(n *html.Node) {
		if n.Data == "dt" && (harness.Page{Doc: n}).Text() == term {
			for n = n.NextSibling; n.Data != "dd"; n = n.NextSibling {
			}
			text = harness.Page{Doc: n}.Text()
		}
	})
	return text
}

// exportedTo returns the account of user@example.com in both exports.
func exportedTo(t *testing.T, b *harness.Browser) (cells map[string]string, object map[string]any) {
	t.Helper()
	body := strings.TrimPrefix(b.Get(b.Site+"/users.csv?q="+url.QueryEscape(demo.PlainEmail)).Body, "\uFEFF")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%q, %v", rows, err)
	}
	cells = map[string]string{}
	for i, name := range rows[0] {
		cells[name] = rows[1][i]
	}
	var objects []map[string]any
	if err := json.Unmarshal([]byte(b.Get(b.Site+"/users.json?q="+url.QueryEscape(demo.PlainEmail)).Body), &objects); err != nil || len(objects) != 1 {
		t.Fatalf("%v, %v", objects, err)
	}
	return cells, objects[0]
}

func TestAStatusThatIsNotToldIsUnknownOnEveryPage(t *testing.T) {
	s, b, id := startWithout(t, nil, harness.With("SEAT_LIMIT", "50"))
	told := b.Get(s.Site + "/users")
	if tabs := textOf(told, "users-tabs"); strings.Contains(tabs, "Unknown") {
		t.Errorf("a tab for nobody: %s", tabs)
	}
	s.Control(http.MethodPost, "users", map[string]any{"user": id, "lacks": []string{"enabled"}})
	list := b.Get(s.Site + "/users?fresh=1")
	if tabs := textOf(list, "users-tabs"); !strings.Contains(tabs, "Unknown 1") {
		t.Errorf("the tabs: %s", tabs)
	}
	was, _, _ := strings.Cut(textOf(told, "users-head"), " used")
	if head := textOf(list, "users-head"); !strings.HasPrefix(head, was) || !strings.Contains(head, "1 of unknown status counted as used") {
		t.Errorf("the seats were %s, and are %s", was, head)
	}
	for _, path := range []string{"/users?status=unknown", "/users?q=status:unknown"} {
		p := b.Get(s.Site + path)
		if text := p.Text(); !strings.Contains(text, demo.PlainEmail) || strings.Contains(p.Body, `role="switch"`) {
			t.Errorf("%s: %s", path, text)
		}
	}
	for _, path := range []string{"/users?status=active", "/users?status=inactive", "/users?q=status:active", "/users?q=status:inactive"} {
		if p := b.Get(s.Site + path + "&per=250"); strings.Contains(p.Text(), demo.PlainEmail) {
			t.Errorf("%s has it", path)
		}
	}
	page := b.Get(s.Site + "/users/" + id)
	if got := fact(page, "Status"); got != "Unknown" {
		t.Errorf("its page has the status %q", got)
	}
	if text := page.Text(); strings.Contains(text, "cannot sign in") || !strings.Contains(text, "Wallaroo does not say whether this account is active") {
		t.Errorf("its page: %s", text)
	}
	if cells, object := exportedTo(t, b); cells["status"] != "unknown" || object["status"] != "unknown" {
		t.Errorf("exported as %v and %v", cells["status"], object["status"])
	}
}

func TestAnAccountOfUnknownStatusCanBeActivatedAndDeactivatedAndAnAnswerWithoutStatusConfirmsNeither(t *testing.T) {
	file := filepath.Join(t.TempDir(), "unknown.db")
	s, b, id := startWithout(t, []string{"enabled"}, harness.With("DATABASE_URL", "sqlite:"+file))
	db := harness.OpenSQLite(t, file)
	page := b.Get(s.Site + "/users/" + id)
	for _, change := range []struct {
		action string
		form   harness.Page
	}{{"activate", page}, {"deactivate", b.Get(s.Site + "/users/" + id + "/deactivate")}} {
		p := b.Submit(change.form)
		if p.Status != http.StatusBadGateway || !strings.Contains(p.Text(), "Wallaroo did not say whether it was done") || strings.Contains(p.Text(), "unchanged") {
			t.Errorf("%s: %d %s", change.action, p.Status, p.Text())
		}
		if outcome, detail := harness.OutcomeOf(t, db, change.action); outcome != "unknown" || detail != "No clear answer from Wallaroo" {
			t.Errorf("%s: written down as %s, %s", change.action, outcome, detail)
		}
		if n := len(s.Requests(change.action)); n != 1 {
			t.Errorf("%s was sent %d times", change.action, n)
		}
	}
	if !strings.Contains(page.Body, `action="/users/`+id+`/deactivate"`) {
		t.Errorf("its page offers no deactivation: %s", page.Text())
	}
	s.Control(http.MethodPost, "users", map[string]any{"user": id, "lacks": []string{}})
	if p := b.Submit(b.Get(s.Site + "/users/" + id + "/deactivate")); s.Account(id).Enabled || fact(p, "Status") != "Deactivated" {
		t.Errorf("told again: %s", p.Text())
	}
}

func TestOnesOwnAccountAndAProtectedOneOfUnknownStatusAreNotDeactivated(t *testing.T) {
	s, b, id := startWithout(t, []string{"enabled"}, harness.With("PROTECTED_ACCOUNTS", demo.PlainEmail))
	mine := s.UserID(demo.AdminEmail)
	s.Control(http.MethodPost, "users", map[string]any{"user": mine, "lacks": []string{"enabled"}})
	for _, id := range []string{id, mine} {
		if p := b.Get(s.Site + "/users/" + id); strings.Contains(p.Body, "/deactivate") || strings.Contains(p.Body, "/activate") {
			t.Errorf("it is offered: %s", p.Text())
		}
		if p := b.Post("/users/"+id+"/deactivate", url.Values{"key": {"a-key"}}); p.Status != http.StatusConflict {
			t.Errorf("%d %s", p.Status, p.Text())
		}
	}
	if n := len(s.Requests("deactivate")); n != 0 {
		t.Errorf("sent %d times", n)
	}
}

func TestAMemberOfUnknownStatusIsNotOfferedForActivationInsteadOfAnInvitation(t *testing.T) {
	_, b, id := startWithout(t, []string{"enabled"})
	p := b.Invite(demo.PlainEmail)
	if text := p.Text(); p.Status != http.StatusConflict || strings.Contains(text, "deactivated") || strings.Contains(text, "Activate instead") ||
		!strings.Contains(text, "is already a member, of unknown status.") || !strings.Contains(p.Body, `href="/users/`+id+`"`) {
		t.Errorf("%d %s", p.Status, text)
	}
}

func TestValuesThatAreNotToldAreUnknownAndNeitherFalseNorNone(t *testing.T) {
	s, b, id := startWithout(t, []string{"emailVerified", "requiredActions", "username", "createdTimestamp", "access"})
	page := b.Get(s.Site + "/users/" + id)
	for term, want := range map[string]string{
		"Email": demo.PlainEmail + " Not known whether verified", "Required actions": "Unknown", "Username": "Unknown", "Created": "– Not known",
	} {
		if got := fact(page, term); got != want {
			t.Errorf("%s is %q, want %q", term, got, want)
		}
	}
	if text := page.Text(); strings.Contains(text, "not verified") || strings.Contains(text, "The username is") || !strings.Contains(text, "No problems found") {
		t.Errorf("its page: %s", text)
	}
	if p := b.Get(s.Site + "/users?q=trouble:unverified-email&per=250"); strings.Contains(p.Text(), demo.PlainEmail) {
		t.Error("it is among those with an unverified email")
	}
	cells, object := exportedTo(t, b)
	if cells["email_verified"] != "unknown" || cells["problems"] != "" || object["email_verified"] != nil || object["required_actions"] != nil {
		t.Errorf("exported as %v and %v", cells, object)
	}
	if got := fact(b.Get(s.Site+"/users/"+s.UserID(demo.AdminEmail)), "Required actions"); got != "None" {
		t.Errorf("an account with none has %q", got)
	}
}
