package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// While one administrator waits for the API, another's list is read.
func TestAListReadByAnotherAdministratorDoesNotSettleAChangeInFlight(t *testing.T) {
	for name, row := range map[string]struct {
		begun     time.Duration // ago, when the list is read
		meanwhile string
	}{
		"a list finds nothing out of what may be under way":    {200 * time.Second, "intended"},
		"nor of what is very slow, and ours in the end":        {12 * time.Minute, "intended"},
		"what a list found out gives way to what is told late": {3 * time.Hour, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "way.db")
			s := harness.Start(t, demo.Options{Users: 20}, harness.With("UPSTREAM_TIMEOUT", "5m"), harness.With("DATABASE_URL", "sqlite:"+file))
			b, other, db := s.SignedIn(demo.AdminEmail), s.SignedIn(demo.SecondAdminEmail), harness.OpenSQLite(t, file)
			id := s.UserID("user@example.com")
			s.Fault("deactivate", map[string]any{"latency": "3s"})
			var posting sync.WaitGroup
			posting.Go(func() { b.Post("/users/"+id+"/deactivate", url.Values{}) })
			harness.AwaitOpenChange(t, db, "deactivate")
			harness.BackdateOpenChanges(t, db, row.begun)
			other.Get(s.Site + "/users?fresh=1")
			// On a machine that is very slow it is over by now.
			if outcome, _ := harness.OutcomeOf(t, db, "deactivate"); outcome != row.meanwhile && outcome != "done" {
				t.Errorf("while it is under way it is %q", outcome)
			}
			posting.Wait()
			if outcome, detail := harness.OutcomeOf(t, db, "deactivate"); outcome != "done" || detail != "" || s.Account(id).Enabled {
				t.Errorf("in the end it is %q: %s", outcome, detail)
			}
			if row.meanwhile != "intended" {
				return // it took longer than anything may
			}
			if list := other.Get(s.Site + "/users?status=inactive&q=user@example.com"); !strings.Contains(list.Text(), "Uma User") {
				t.Errorf("the other one's list did not follow: %s", list.Text())
			}
			other.Get(s.Site + "/users?fresh=1")
			if n := countOutsideChanges(other, "user@example.com"); n != 0 {
				t.Errorf("%d changes are told as somebody else's", n)
			}
		})
	}
}

// The browser disconnects while the API works.
func TestTheOutcomeIsAuditedThoughTheBrowserHasDisconnected(t *testing.T) {
	for _, action := range []string{"deactivate", "invite"} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "gone.db")
			s := harness.Start(t, demo.Options{Users: 20}, harness.With("DATABASE_URL", "sqlite:"+file))
			b, db := s.SignedIn(demo.AdminEmail), harness.OpenSQLite(t, file)
			path := "/invite"
			if action == "deactivate" {
				path = "/users/" + s.UserID("user@example.com") + "/deactivate"
			}
			s.Fault(action, map[string]any{"latency": "1s"})
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			var posting sync.WaitGroup
			posting.Go(func() { _, _ = b.TryPost(ctx, path, harness.InvitationForm("new@example.com")) }) // nobody is there to be answered
			harness.AwaitOpenChange(t, db, action)
			leave()
			posting.Wait()
			outcome, detail := "intended", ""
			for ; outcome == "intended"; time.Sleep(5 * time.Millisecond) {
				outcome, detail = harness.OutcomeOf(t, db, action)
			}
			if outcome != "done" || detail != "" {
				t.Errorf("it is %q: %s", outcome, detail)
			}
		})
	}
}

func TestAStaleListAllowsNoChange(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID("user@example.com")
	s.Fault("query-list", map[string]any{"status": 500})
	if p := b.Get(s.Site + "/users?fresh=1"); p.Status != http.StatusOK {
		t.Fatalf("the old list: %d %s", p.Status, p.Text())
	}
	for _, path := range []string{"/users/" + id + "/deactivate", "/users/" + id + "/activate", "/invite"} {
		s.ForgetRequests()
		p := b.Post(path, harness.InvitationForm("new@example.com"))
		if asked := len(s.Requests("")) - len(s.Requests("query-list")); p.Status != http.StatusBadGateway || asked != 0 {
			t.Errorf("%s: %d, and %d calls beside the list: %s", path, p.Status, asked, p.Text())
		}
	}
}

// Keycloak returns at most a hundred entries of a list unless asked for more.
func TestAListThatMayBeTruncatedDoesNotSettleAnInvitation(t *testing.T) {
	for users, want := range map[int]string{100: "unknown", 101: "failed"} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "cut.db")
			s := harness.Start(t, demo.Options{Users: users}, harness.With("DATABASE_URL", "sqlite:"+file))
			b, db := s.SignedIn(demo.AdminEmail), harness.OpenSQLite(t, file)
			s.Fault("invite", map[string]any{"status": 502, "times": 1})
			b.Post("/invite", harness.InvitationForm("new@example.com"))
			harness.BackdateOpenChanges(t, db, 10*time.Minute)
			b.Get(s.Site + "/users?fresh=1")
			if outcome, detail := harness.OutcomeOf(t, db, "invite"); outcome != want {
				t.Errorf("by a list of %d it is %q: %s", users, outcome, detail)
			}
		})
	}
}
