package app_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
	"wallaroo-user-admin/internal/testing/storetest"
)

// mustNotChange attempts a change that can't be written down, and checks that it is refused with a message and not
// sent.
func mustNotChange(b *harness.Browser, id string, ask func() harness.Page) {
	b.T.Helper()
	p := ask()
	if p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Text(), "Nothing was changed") {
		b.T.Errorf("%d %s", p.Status, p.Text())
	}
	if n := len(b.Requests("deactivate")); n != 0 {
		b.T.Errorf("%d changes were sent", n)
	}
	if !b.Account(id).Enabled {
		b.T.Error("it was done")
	}
}

// mustStaySignedIn signs out while sessions can't be ended, and checks that the page says so and that the browser
// keeps the cookie of the live session.
func mustStaySignedIn(b *harness.Browser) {
	b.T.Helper()
	p := b.Post("/logout", url.Values{})
	if p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Text(), "You are still signed in") {
		b.T.Errorf("signing out: %d %s", p.Status, p.Text())
	}
	if set := p.Header.Values("Set-Cookie"); len(set) != 0 {
		b.T.Errorf("signing out sets %q", set)
	}
	if p := b.Get(b.Site + "/users"); p.Status != http.StatusOK || p.URL.Path != "/users" || p.URL.Host != b.Host() {
		b.T.Errorf("after it: %d %s", p.Status, p.URL)
	}
}

// mustSignOut checks that the session can be ended now.
func mustSignOut(b *harness.Browser) {
	b.T.Helper()
	p := b.Post("/logout", url.Values{})
	if p.Status != http.StatusOK || !strings.Contains(p.Header.Get("Set-Cookie"), "Max-Age=0") {
		b.T.Errorf("signing out: %d %v", p.Status, p.Header)
	}
}

func mustDeactivate(b *harness.Browser, id string) {
	b.T.Helper()
	if p := b.Submit(b.Get(b.Site + "/users/" + id + "/deactivate")); p.Status != http.StatusOK || b.Account(id).Enabled {
		b.T.Errorf("afterwards: %d %s", p.Status, p.Text())
	}
	if n := len(b.Requests("deactivate")); n != 1 {
		b.T.Errorf("%d changes were sent", n)
	}
	log := b.Get(b.Site + "/activity").Text()
	if n := strings.Count(log, "Deactivated Uma User"); n != 1 {
		b.T.Errorf("the log has it %d times: %s", n, log)
	}
}

func TestSec47_WhileTheDatabaseIsLockedPagesAreShownAndNothingIsChanged(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.db")
	s := harness.Start(t, demo.Options{Users: 20}, harness.With("DATABASE_URL", "sqlite:"+file))
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID("user@example.com")
	asked := b.Get(s.Site + "/users/" + id + "/deactivate")
	unlock := harness.LockSQLite(t, file)
	for _, path := range []string{"/users", "/users/" + id, "/activity"} {
		if p := b.Get(s.Site + path); p.Status != http.StatusOK {
			t.Errorf("%s: %d %s", path, p.Status, p.Text())
		}
	}
	mustNotChange(b, id, func() harness.Page { return b.Submit(asked) })
	mustStaySignedIn(b)
	unlock()
	mustDeactivate(b, id)
	mustSignOut(b)
}

func TestSec47_OnAFullDiskPagesAreShownAndNothingIsChanged(t *testing.T) {
	t.Parallel()
	s, c := startChild(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID("user@example.com")
	asked := b.Get(s.Site + "/users/" + id + "/deactivate")
	c.order("full")
	for _, path := range []string{"/users", "/users/" + id, "/activity"} {
		if p := b.Get(s.Site + path); p.Status != http.StatusOK {
			t.Errorf("%s: %d %s", path, p.Status, p.Text())
		}
	}
	mustNotChange(b, id, func() harness.Page { return b.Submit(asked) })
	mustStaySignedIn(b)
	stranger := s.NewBrowser()
	if p := stranger.SignIn("/users", demo.SecondAdminEmail); p.Status != http.StatusServiceUnavailable {
		t.Errorf("a sign-in that can't be kept: %d %s", p.Status, p.Text())
	}
	c.order("room")
	mustDeactivate(b, id)
	mustSignOut(b)
	if p := stranger.Get(s.Site + "/users"); p.Status != http.StatusOK {
		t.Errorf("a sign-in when there is room again: %d %s", p.Status, p.Text())
	}
}

func TestTheNextReadFindsTheOutcomeOfAChangeWhoseServerWasKilled(t *testing.T) {
	for name, row := range map[string]struct {
		action, after string
		done          bool
		want          string
	}{
		"the API did it":                      {"deactivate", "act", true, "done"},
		"the API had not begun":               {"deactivate", "", false, "failed"},
		"the API had made the invited one":    {"invite", "act", true, "done"},
		"the API had not begun an invitation": {"invite", "", false, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := startChild(t, demo.Options{Users: 20})
			b := s.SignedIn(demo.AdminEmail)
			path, isDone := "/invite", func() bool { return s.Exists("new@example.com") }
			if row.action == "deactivate" {
				path, isDone = "/users/"+s.UserID("user@example.com")+"/deactivate", func() bool { return !s.Account("user@example.com").Enabled }
			}
			s.Fault(row.action, map[string]any{"latency": "1m", "after": row.after})
			var posting sync.WaitGroup
			posting.Go(func() {
				if status, err := b.TryPost(t.Context(), path, harness.InvitationForm("new@example.com")); err == nil {
					t.Errorf("an answer of a dead server: %d", status)
				}
			})
			db := harness.OpenSQLite(t, strings.TrimPrefix(c.environ["DATABASE_URL"], "sqlite:"))
			harness.AwaitOpenChange(t, db, row.action)
			for isDone() != row.done {
				time.Sleep(5 * time.Millisecond)
			}
			time.Sleep(100 * time.Millisecond) // for the call to be on its way where nothing else shows it
			c.kill()
			posting.Wait()
			s.NoFaults()
			c.start()
			if log := b.Get(s.Site + "/activity").Text(); strings.Contains(log, "Found out later") {
				t.Errorf("it might still be under way: %s", log)
			}
			harness.BackdateOpenChanges(t, db, 10*time.Minute) // until then it might still be under way
			if p := b.Get(s.Site + "/users?fresh=1"); p.Status != http.StatusOK {
				t.Fatalf("%d %s", p.Status, p.Text())
			}
			outcome, _ := harness.OutcomeOf(t, db, row.action) // before the activity log is looked at, which would settle it too
			log := b.Get(s.Site + "/activity").Text()
			if !strings.Contains(log, "Found out later") || strings.Contains(log, "it was not done") == row.done || outcome != row.want {
				t.Errorf("settled as %q: %s", outcome, log)
			}
			if n := len(s.Requests(row.action)); n != 1 || isDone() != row.done {
				t.Errorf("%d calls; done: %v", n, isDone())
			}
		})
	}
}

// startBehindProxy starts a whole installation with a proxy between the dashboard and PostgreSQL.
func startBehindProxy(t *testing.T) (*harness.Stack, *tcpProxy) {
	t.Helper()
	address, err := url.Parse(storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy := newTCPProxy(t, address.Host)
	address.Host = proxy.listener.Addr().String()
	return harness.Start(t, demo.Options{Users: 20}, harness.With("DATABASE_URL", address.String())), proxy
}

func TestPagesFailWithoutPostgreSQLAndWorkOnceItIsBack(t *testing.T) {
	s, proxy := startBehindProxy(t)
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID("user@example.com")
	asked := b.Get(s.Site + "/users/" + id + "/deactivate")
	for range 2 { // twice, to see that it comes back wholly
		proxy.cut(true)
		if p := b.Get(s.Site + "/users"); p.Status != http.StatusServiceUnavailable {
			t.Errorf("%d %s", p.Status, p.Text())
		}
		if p := b.Submit(asked); p.Status != http.StatusServiceUnavailable || len(s.Requests("deactivate")) != 0 {
			t.Errorf("%d, %d changes were sent: %s", p.Status, len(s.Requests("deactivate")), p.Text())
		}
		proxy.cut(false)
		if p := b.Get(s.Site + "/users"); p.Status != http.StatusOK {
			t.Errorf("afterwards: %d %s", p.Status, p.Text())
		}
	}
	mustDeactivate(b, id)
}
