package app_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
)

// doubted starts a site whose API is silent on deactivations, has an
// administrator deactivate somebody, and gives the account and the answer.
func doubted(t *testing.T) (s *stack, b *browser, id, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "doubt.db")
	s = start(t, demo.Options{Users: 20}, with("UPSTREAM_TIMEOUT", "1s"), with("DATABASE_URL", "sqlite:"+file))
	b = s.signedIn(demo.AdminEmail)
	id = s.userID("user@example.com")
	asked := b.get(s.site + "/users/" + id + "/deactivate")
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "deactivate", "latency": "1m", "times": 1})
	p := b.submit(asked)
	if p.status != http.StatusGatewayTimeout || !strings.Contains(p.text(), "It may still be done.") || strings.Contains(p.text(), "Nothing was changed") {
		t.Errorf("the answer: %d %s", p.status, p.text())
	}
	return s, b, id, file
}

// settledAs has everything open look as if it had begun ten minutes ago, and gives
// the outcome of a deactivation by somebody after the next read.
func (b *browser) settledAs(file, actor string) (outcome string) {
	b.t.Helper()
	db := openFile(b.t, file)
	begunEarlier(b.t, db, 10*time.Minute)
	b.get(b.site + "/users?fresh=1")
	err := db.QueryRowContext(b.t.Context(),
		`SELECT outcome FROM audit_events WHERE action = 'deactivate' AND actor_email = $1 ORDER BY at LIMIT 1`, actor).Scan(&outcome)
	if err != nil {
		b.t.Fatal(err)
	}
	return outcome
}

func TestAChangeThatIsDoneAfterTheTimeOutIsOurs(t *testing.T) {
	s, b, id, file := doubted(t)
	s.control(http.MethodPost, "users", map[string]any{"user": id, "enabled": false}) // the API gets round to it
	b.get(s.site + "/users?fresh=1")
	if got := b.settledAs(file, demo.AdminEmail); got != "done" {
		t.Errorf("settled as %q", got)
	}
	if n := b.outside("user@example.com"); n != 0 {
		t.Errorf("%d changes are told as somebody else's", n)
	}
}

func TestAChangeThatIsNeverDoneIsToldSoByTheNextRead(t *testing.T) {
	_, b, _, file := doubted(t)
	if got := b.settledAs(file, demo.AdminEmail); got != "failed" {
		t.Errorf("settled as %q", got)
	}
}

func TestADoubtTakesNoCreditForWhatAnotherDidSince(t *testing.T) {
	s, b, id, file := doubted(t)
	other := s.signedIn(demo.SecondAdminEmail)
	if other.submit(other.get(s.site + "/users/" + id + "/deactivate")); s.account(id).Enabled {
		t.Fatal("it was not deactivated")
	}
	if got := b.settledAs(file, demo.AdminEmail); got != "unknown" {
		t.Errorf("settled as %q, though another administrator did it", got)
	}
}

func TestARepeatedFormTellsWhatBecameOfTheFirst(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	id := s.userID("user@example.com")
	key := b.get(s.site + "/users/" + id + "/deactivate").field("key")
	form := url.Values{"key": {key}, "return": {"/users"}}
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "deactivate", "status": 500, "times": 1})
	if p := b.post("/users/"+id+"/deactivate", form); p.status != http.StatusBadGateway {
		t.Fatalf("%d %s", p.status, p.text())
	}
	for _, headers := range [][]string{nil, {"HX-Request", "true", "HX-Request-Type", "partial"}} {
		p := b.post("/users/"+id+"/deactivate", form, headers...)
		if text := p.text(); !strings.Contains(text, "Not done:") || strings.Contains(text, "Undo") {
			t.Errorf("%v: %d %s", headers, p.status, text)
		}
	}
	if n := len(s.requests("deactivate")); n != 1 || !s.account(id).Enabled {
		t.Errorf("sent %d times", n)
	}
}
