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
)

const (
	// bound is how long the packages that ask the database wait for it.
	bound = 15 * time.Second
	// pool is the most connections to PostgreSQL that a server has.
	pool = 16
)

// timed asks, and sees that the answer comes within a time and what a page may wait for things that it can do without.
func (b *browser) timed(what string, within time.Duration, ask func() page) page {
	b.t.Helper()
	began := time.Now()
	p := ask()
	if took := time.Since(began); took > within+10*time.Second {
		b.t.Errorf("%s took %v", what, took)
	}
	return p
}

// mustSayThatTheDatabaseStands sees that a page says it in words, and nothing of the cause.
func (p page) mustSayThatTheDatabaseStands(t *testing.T, what string) {
	t.Helper()
	if p.status != http.StatusServiceUnavailable || !strings.Contains(p.text(), "Our database does not answer") {
		t.Errorf("%s: %d %s", what, p.status, p.text())
	}
	for _, cause := range []string{"deadline", "context", "SELECT", "postgres", "127.0.0.1:"} {
		if strings.Contains(p.text(), cause) {
			t.Errorf("%s tells %q: %s", what, cause, p.text())
		}
	}
}

// askAllGuarded asks for all that needs a session, at once.
func (b *browser) askAllGuarded(id string, judge func(what string, p page)) {
	var asking sync.WaitGroup
	defer asking.Wait()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, path := range paths(b.t, method, id, publicRoutes()...) {
			asking.Go(func() {
				judge(method+" "+path, b.timed(method+" "+path, bound, func() page {
					if method == http.MethodPost {
						return b.post(path, url.Values{"key": {path}, "email": {"new@example.com"}, "pw": {"auto"}})
					}
					return b.get(b.site + path)
				}))
			})
		}
	}
}

func TestAPostgreSQLThatStandsStillBoundsEveryPageAndIsUsedAgain(t *testing.T) {
	t.Parallel()
	s, w := startOnAWire(t)
	b, leaving, entering := s.signedIn(demo.AdminEmail), s.signedIn(demo.AdminEmail), s.browser()
	id := s.userID("user@example.com")
	form := entering.get(s.site + "/users")
	w.stall(true)
	var asking sync.WaitGroup
	asking.Go(func() {
		leaving.timed("signing out", bound, func() page { return leaving.post("/logout", url.Values{}) }).mustSayThatTheDatabaseStands(t, "signing out")
	})
	asking.Go(func() {
		p := entering.timed("signing in", bound, func() page {
			return entering.submit(form, "username", demo.SecondAdminEmail, "password", demo.Password)
		})
		p.mustSayThatTheDatabaseStands(t, "signing in")
	})
	asking.Go(func() {
		if p := b.get(s.site + "/readyz"); p.status != http.StatusServiceUnavailable || b.get(s.site+"/healthz").status != http.StatusOK {
			t.Errorf("/readyz: %d", p.status)
		}
	})
	for range 2 { // more at once than there are connections
		asking.Go(func() {
			b.askAllGuarded(id, func(what string, p page) { p.mustSayThatTheDatabaseStands(t, what) })
		})
	}
	asking.Wait()
	w.stall(false)
	for _, path := range paths(t, http.MethodGet, id, publicRoutes()...) {
		if p := b.get(s.site + path); p.status != http.StatusOK {
			t.Errorf("afterwards %s: %d %s", path, p.status, p.text())
		}
	}
	if p := entering.get(s.site + "/users"); p.status != http.StatusOK { // the provider knows who it is
		t.Errorf("signing in afterwards: %d %s", p.status, p.text())
	}
	if n := len(s.requests("deactivate")) + len(s.requests("activate")) + len(s.requests("invite")); n != 0 {
		t.Errorf("%d changes were sent", n)
	}
	b.mustDeactivate(id)
	w.mustCarryAtMost(t, pool)
}

// mustCarryAtMost waits until the connections that were given up have ended.
func (w *wire) mustCarryAtMost(t *testing.T, most int64) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); w.carrying.Load() > most; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are open", w.carrying.Load())
		}
	}
}

func TestAPostgreSQLThatStandsStillInTheMiddleOfAPageBoundsIt(t *testing.T) {
	const (
		counting = "SELECT count(*) FROM audit_events"
		// Statements are known to the connection by then, so these are arguments, with their length before them.
		optional = "\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x01\xf4" // 500 rows of what others changed
		intent   = "\x00\x00\x00\x0adeactivate"
		export   = "\x00\x00\x00\x06export"
	)
	get := func(path string) func(*browser, string) page {
		return func(b *browser, id string) page { return b.get(b.site + strings.ReplaceAll(path, "{id}", id)) }
	}
	deactivate := func(b *browser, id string) page {
		return b.post("/users/"+id+"/deactivate", url.Values{"key": {rand.Text()}})
	}
	for name, row := range map[string]struct {
		at     string
		within time.Duration
		status int
		says   string
		ask    func(b *browser, id string) page
	}{
		"the list, which does without": {optional, 0, http.StatusOK, "user@example.com", get("/users")},
		"the activity log":             {counting, bound, http.StatusServiceUnavailable, "Our database does not answer", get("/activity")},
		"an account":                   {counting, bound, http.StatusServiceUnavailable, "Our database does not answer", get("/users/{id}")},
		"an export":                    {export, bound, http.StatusServiceUnavailable, "Our database does not answer", get("/users.csv")},
		"a change":                     {intent, bound, http.StatusServiceUnavailable, "Nothing was changed", deactivate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, w := startOnAWire(t)
			b, id := s.signedIn(demo.AdminEmail), s.userID("user@example.com")
			w.stallAt(row.at)
			p := b.timed(name, row.within, func() page { return row.ask(b, id) })
			if p.status != row.status || !strings.Contains(p.text(), row.says) || strings.Contains(p.text(), "deadline") {
				t.Errorf("%d %s", p.status, p.text())
			}
			if n := len(s.requests("deactivate")); n != 0 || !w.stands() {
				t.Errorf("%d changes were sent, stands still: %v", n, w.stands())
			}
			w.stall(false)
			if p := row.ask(b, id); p.status != http.StatusOK {
				t.Errorf("afterwards: %d %s", p.status, p.text())
			}
		})
	}
}
