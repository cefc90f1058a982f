package app_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
)

// awaitOpen waits until a change is written down and not over.
func awaitOpen(t *testing.T, db *sql.DB, action string) {
	t.Helper()
	for open := 0; open == 0; time.Sleep(5 * time.Millisecond) {
		err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM audit_events WHERE action = $1 AND settled_at IS NULL`, action).Scan(&open)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// begunEarlier has everything open look as if it had begun so much earlier.
func begunEarlier(t *testing.T, db *sql.DB, by time.Duration) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), `UPDATE audit_events SET at = at - $1 WHERE settled_at IS NULL`, by.Milliseconds()); err != nil {
		t.Fatal(err)
	}
}

// told gives what the log says of the only change of its kind.
func told(t *testing.T, db *sql.DB, action string) (outcome, detail string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), `SELECT outcome, detail FROM audit_events WHERE action = $1`, action).Scan(&outcome, &detail); err != nil {
		t.Fatal(err)
	}
	return outcome, detail
}

// While one administrator waits for the API, another one's list is read.
func TestWhatBecameOfAChangeIsToldByWhoMadeIt(t *testing.T) {
	for name, row := range map[string]struct {
		begun     time.Duration // ago, when the list is read
		meanwhile string
	}{
		"a list finds nothing out of what may be under way":    {200 * time.Second, "intended"},
		"nor of what is very slow, and ours in the end":        {20 * time.Minute, "intended"},
		"what a list found out gives way to what is told late": {3 * time.Hour, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "way.db")
			s := start(t, demo.Options{Users: 20}, with("UPSTREAM_TIMEOUT", "5m"), with("DATABASE_URL", "sqlite:"+file))
			b, other, db := s.signedIn(demo.AdminEmail), s.signedIn(demo.SecondAdminEmail), openFile(t, file)
			id := s.userID("user@example.com")
			s.control(http.MethodPost, "faults", map[string]any{"endpoint": "deactivate", "latency": "3s"})
			var posting sync.WaitGroup
			posting.Go(func() { b.post("/users/"+id+"/deactivate", url.Values{}) })
			awaitOpen(t, db, "deactivate")
			begunEarlier(t, db, row.begun)
			other.get(s.site + "/users?fresh=1")
			// On a machine that is very slow it is over by now.
			if outcome, _ := told(t, db, "deactivate"); outcome != row.meanwhile && outcome != "done" {
				t.Errorf("while it is under way it is %q", outcome)
			}
			posting.Wait()
			if outcome, detail := told(t, db, "deactivate"); outcome != "done" || detail != "" || s.account(id).Enabled {
				t.Errorf("in the end it is %q: %s", outcome, detail)
			}
			if row.meanwhile != "intended" {
				return // it took longer than anything may
			}
			if list := other.get(s.site + "/users?status=inactive&q=user@example.com"); !strings.Contains(list.text(), "Uma User") {
				t.Errorf("the other one's list did not follow: %s", list.text())
			}
			other.get(s.site + "/users?fresh=1")
			if n := other.outside("user@example.com"); n != 0 {
				t.Errorf("%d changes are told as somebody else's", n)
			}
		})
	}
}

// The browser is closed while the API is at it.
func TestAChangeIsFollowedToItsEndThoughTheBrowserHasGone(t *testing.T) {
	for _, action := range []string{"deactivate", "invite"} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "gone.db")
			s := start(t, demo.Options{Users: 20}, with("DATABASE_URL", "sqlite:"+file))
			b, db := s.signedIn(demo.AdminEmail), openFile(t, file)
			path := "/invite"
			if action == "deactivate" {
				path = "/users/" + s.userID("user@example.com") + "/deactivate"
			}
			s.control(http.MethodPost, "faults", map[string]any{"endpoint": action, "latency": "1s"})
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			var posting sync.WaitGroup
			posting.Go(func() { _, _ = b.tryPost(ctx, path, invitation("new@example.com")) }) // nobody is there to be answered
			awaitOpen(t, db, action)
			leave()
			posting.Wait()
			outcome, detail := "intended", ""
			for ; outcome == "intended"; time.Sleep(5 * time.Millisecond) {
				outcome, detail = told(t, db, action)
			}
			if outcome != "done" || detail != "" {
				t.Errorf("it is %q: %s", outcome, detail)
			}
		})
	}
}

func TestNothingIsChangedByAnOldList(t *testing.T) {
	t.Parallel()
	s := start(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	id := s.userID("user@example.com")
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "query-list", "status": 500})
	if p := b.get(s.site + "/users?fresh=1"); p.status != http.StatusOK {
		t.Fatalf("the old list: %d %s", p.status, p.text())
	}
	for _, path := range []string{"/users/" + id + "/deactivate", "/users/" + id + "/activate", "/invite"} {
		s.control(http.MethodDelete, "requests", nil)
		p := b.post(path, invitation("new@example.com"))
		if asked := len(s.requests("")) - len(s.requests("query-list")); p.status != http.StatusBadGateway || asked != 0 {
			t.Errorf("%s: %d, and %d calls beside the list: %s", path, p.status, asked, p.text())
		}
	}
}

// Keycloak's own lists end at a hundred unless more are asked for.
func TestAListThatMayBeCutTellsNothingOfAnInvitation(t *testing.T) {
	for users, want := range map[int]string{100: "unknown", 101: "failed"} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "cut.db")
			s := start(t, demo.Options{Users: users}, with("DATABASE_URL", "sqlite:"+file))
			b, db := s.signedIn(demo.AdminEmail), openFile(t, file)
			s.control(http.MethodPost, "faults", map[string]any{"endpoint": "invite", "status": 502, "times": 1})
			b.post("/invite", invitation("new@example.com"))
			begunEarlier(t, db, 10*time.Minute)
			b.get(s.site + "/users?fresh=1")
			if outcome, detail := told(t, db, "invite"); outcome != want {
				t.Errorf("by a list of %d it is %q: %s", users, outcome, detail)
			}
		})
	}
}
