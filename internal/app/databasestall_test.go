package app_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

const (
	// bound is how long the packages that ask the database wait for it.
	bound = 15 * time.Second
	// pool is the most connections to PostgreSQL that a server has.
	pool = 16
)

// timed sends a request, and checks that it is answered within its limit plus what a page may wait for optional
// parts.
func timed(b *harness.Browser, what string, within time.Duration, ask func() harness.Page) harness.Page {
	b.T.Helper()
	began := time.Now()
	p := ask()
	if took := time.Since(began); took > within+10*time.Second {
		b.T.Errorf("%s took %v", what, took)
	}
	return p
}

// mustSayThatTheDatabaseStands checks that a page says that the database does not answer, without the cause.
func mustSayThatTheDatabaseStands(t *testing.T, p harness.Page, what string) {
	t.Helper()
	if p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Text(), "Our database does not answer") {
		t.Errorf("%s: %d %s", what, p.Status, p.Text())
	}
	for _, cause := range []string{"deadline", "context", "SELECT", "postgres", "127.0.0.1:"} {
		if strings.Contains(p.Text(), cause) {
			t.Errorf("%s tells %q: %s", what, cause, p.Text())
		}
	}
}

// askAllGuarded requests every page that needs a session concurrently.
func askAllGuarded(b *harness.Browser, id string, judge func(what string, p harness.Page)) {
	var asking sync.WaitGroup
	defer asking.Wait()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, path := range harness.Paths(b.T, method, id, harness.PublicRoutes()...) {
			asking.Go(func() {
				judge(method+" "+path, timed(b, method+" "+path, bound, func() harness.Page {
					if method == http.MethodPost {
						return b.Post(path, url.Values{"key": {path}, "email": {"new@example.com"}, "pw": {"auto"}})
					}
					return b.Get(b.Site + path)
				}))
			})
		}
	}
}

func TestEveryPageIsAnsweredWhilePostgreSQLHangsAndWorksAfterwards(t *testing.T) {
	t.Parallel()
	s, proxy := startBehindProxy(t)
	b, leaving, entering := s.SignedIn(demo.AdminEmail), s.SignedIn(demo.AdminEmail), s.NewBrowser()
	id := s.UserID("user@example.com")
	form := entering.Get(s.Site + "/users")
	proxy.stall(true)
	var asking sync.WaitGroup
	asking.Go(func() {
		mustSayThatTheDatabaseStands(t, timed(leaving, "signing out", bound, func() harness.Page { return leaving.Post("/logout", url.Values{}) }), "signing out")
	})
	asking.Go(func() {
		p := timed(entering, "signing in", bound, func() harness.Page {
			return entering.Submit(form, "username", demo.SecondAdminEmail, "password", demo.Password)
		})
		mustSayThatTheDatabaseStands(t, p, "signing in")
	})
	asking.Go(func() {
		if p := b.Get(s.Site + "/readyz"); p.Status != http.StatusServiceUnavailable || b.Get(s.Site+"/healthz").Status != http.StatusOK {
			t.Errorf("/readyz: %d", p.Status)
		}
	})
	for range 2 { // more at once than there are connections
		asking.Go(func() {
			askAllGuarded(b, id, func(what string, p harness.Page) { mustSayThatTheDatabaseStands(t, p, what) })
		})
	}
	asking.Wait()
	proxy.stall(false)
	for _, path := range harness.Paths(t, http.MethodGet, id, harness.PublicRoutes()...) {
		if p := b.Get(s.Site + path); p.Status != http.StatusOK {
			t.Errorf("afterwards %s: %d %s", path, p.Status, p.Text())
		}
	}
	if p := entering.Get(s.Site + "/users"); p.Status != http.StatusOK { // the provider knows who it is
		t.Errorf("signing in afterwards: %d %s", p.Status, p.Text())
	}
	if n := len(s.Requests("deactivate")) + len(s.Requests("activate")) + len(s.Requests("invite")); n != 0 {
		t.Errorf("%d changes were sent", n)
	}
	mustDeactivate(b, id)
	proxy.mustCarryAtMost(t, pool)
}

// mustCarryAtMost waits until the abandoned connections are closed.
func (proxy *tcpProxy) mustCarryAtMost(t *testing.T, most int64) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); proxy.carrying.Load() > most; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are open", proxy.carrying.Load())
		}
	}
}

func TestAPageIsAnsweredWhenPostgreSQLHangsInTheMiddleOfIt(t *testing.T) {
	const (
		counting = "SELECT count(*) FROM audit_events"
		// Statements are known to the connection by then, so these are arguments, with their length before them.
		optional = "\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x01\xf4" // 500 rows of what others changed
		intent   = "\x00\x00\x00\x0adeactivate"
		export   = "\x00\x00\x00\x06export"
	)
	get := func(path string) func(*harness.Browser, string) harness.Page {
		return func(b *harness.Browser, id string) harness.Page {
			return b.Get(b.Site + strings.ReplaceAll(path, "{id}", id))
		}
	}
	deactivate := func(b *harness.Browser, id string) harness.Page {
		return b.Post("/users/"+id+"/deactivate", url.Values{"key": {rand.Text()}})
	}
	for name, row := range map[string]struct {
		at     string
		within time.Duration
		status int
		says   string
		ask    func(b *harness.Browser, id string) harness.Page
	}{
		"the list, which does without": {optional, 0, http.StatusOK, "user@example.com", get("/users")},
		"the activity log":             {counting, bound, http.StatusServiceUnavailable, "Our database does not answer", get("/activity")},
		"an account":                   {counting, bound, http.StatusServiceUnavailable, "Our database does not answer", get("/users/{id}")},
		"an export":                    {export, bound, http.StatusServiceUnavailable, "Our database does not answer", get("/users.csv")},
		"a change":                     {intent, bound, http.StatusServiceUnavailable, "Nothing was changed", deactivate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, proxy := startBehindProxy(t)
			b, id := s.SignedIn(demo.AdminEmail), s.UserID("user@example.com")
			proxy.stallAt(row.at)
			p := timed(b, name, row.within, func() harness.Page { return row.ask(b, id) })
			if p.Status != row.status || !strings.Contains(p.Text(), row.says) || strings.Contains(p.Text(), "deadline") {
				t.Errorf("%d %s", p.Status, p.Text())
			}
			if n := len(s.Requests("deactivate")); n != 0 || !proxy.stands() {
				t.Errorf("%d changes were sent, stands still: %v", n, proxy.stands())
			}
			proxy.stall(false)
			if p := row.ask(b, id); p.Status != http.StatusOK {
				t.Errorf("afterwards: %d %s", p.Status, p.Text())
			}
		})
	}
}
