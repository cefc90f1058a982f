package handlers_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// startTimedOutChange starts a site whose API does not answer deactivations, has an administrator deactivate an
// account, and returns the account and the answer.
func startTimedOutChange(t *testing.T) (s *harness.Stack, b *harness.Browser, id, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "timeout.db")
	s = harness.Start(t, demo.Options{Users: 20}, harness.With("UPSTREAM_TIMEOUT", "3s"), harness.With("DATABASE_URL", "sqlite:"+file))
	b = s.SignedIn(demo.AdminEmail)
	id = s.UserID("user@example.com")
	asked := b.Get(s.Site + "/users/" + id + "/deactivate")
	s.Fault("deactivate", map[string]any{"latency": "1m", "times": 1})
	p := b.Submit(asked)
	if p.Status != http.StatusGatewayTimeout || !strings.Contains(p.Text(), "It may still be done.") || strings.Contains(p.Text(), "Nothing was changed") {
		t.Errorf("the answer: %d %s", p.Status, p.Text())
	}
	return s, b, id, file
}

// settledAs makes open changes look as if they had begun ten minutes ago, and returns the outcome of a deactivation
// after the next read.
func settledAs(b *harness.Browser, file, actor string) (outcome string) {
	b.T.Helper()
	db := harness.OpenSQLite(b.T, file)
	harness.BackdateOpenChanges(b.T, db, 10*time.Minute)
	b.Get(b.Site + "/users?fresh=1")
	err := db.QueryRowContext(b.T.Context(),
		`SELECT outcome FROM audit_events WHERE action = 'deactivate' AND actor_email = $1 ORDER BY at LIMIT 1`, actor).Scan(&outcome)
	if err != nil {
		b.T.Fatal(err)
	}
	return outcome
}

func TestAChangeThatIsDoneAfterItsTimeOutIsCreditedToItsAdministrator(t *testing.T) {
	s, b, id, file := startTimedOutChange(t)
	s.Control(http.MethodPost, "users", map[string]any{"user": id, "enabled": false}) // the API gets round to it
	b.Get(s.Site + "/users?fresh=1")
	if got := settledAs(b, file, demo.AdminEmail); got != "done" {
		t.Errorf("settled as %q", got)
	}
	if n := countOutsideChanges(b, "user@example.com"); n != 0 {
		t.Errorf("%d changes are told as somebody else's", n)
	}
}

func TestAChangeThatIsNeverDoneIsSettledAsFailedByTheNextRead(t *testing.T) {
	_, b, _, file := startTimedOutChange(t)
	if got := settledAs(b, file, demo.AdminEmail); got != "failed" {
		t.Errorf("settled as %q", got)
	}
}

func TestAChangeOfUnknownOutcomeIsNotCreditedWithAnothersChange(t *testing.T) {
	s, b, id, file := startTimedOutChange(t)
	other := s.SignedIn(demo.SecondAdminEmail)
	if other.Submit(other.Get(s.Site + "/users/" + id + "/deactivate")); s.Account(id).Enabled {
		t.Fatal("it was not deactivated")
	}
	if got := settledAs(b, file, demo.AdminEmail); got != "unknown" {
		t.Errorf("settled as %q, though another administrator did it", got)
	}
}

func TestARepeatedFormShowsTheOutcomeOfTheFirst(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID("user@example.com")
	key := b.Get(s.Site + "/users/" + id + "/deactivate").Field("key")
	form := url.Values{"key": {key}, "return": {"/users"}}
	s.Fault("deactivate", map[string]any{"status": 500, "times": 1})
	if p := b.Post("/users/"+id+"/deactivate", form); p.Status != http.StatusBadGateway {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	for _, headers := range [][]string{nil, {"HX-Request", "true", "HX-Request-Type", "partial"}} {
		p := b.Post("/users/"+id+"/deactivate", form, headers...)
		if text := p.Text(); !strings.Contains(text, "Not done:") || strings.Contains(text, "Undo") {
			t.Errorf("%v: %d %s", headers, p.Status, text)
		}
	}
	if n := len(s.Requests("deactivate")); n != 1 || !s.Account(id).Enabled {
		t.Errorf("sent %d times", n)
	}
}
