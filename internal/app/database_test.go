package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/storetest"
)

// openFile opens a dashboard's database beside it.
func openFile(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// mustNotChange asks for a change that can't be written down, and sees that it is refused in words and not sent.
func (b *browser) mustNotChange(id string, ask func() page) {
	b.t.Helper()
	p := ask()
	if p.status != http.StatusServiceUnavailable || !strings.Contains(p.text(), "Nothing was changed") {
		b.t.Errorf("%d %s", p.status, p.text())
	}
	if n := len(b.requests("deactivate")); n != 0 {
		b.t.Errorf("%d changes were sent", n)
	}
	if !b.account(id).Enabled {
		b.t.Error("it was done")
	}
}

// mustStaySignedIn signs out while sessions can't be ended, and sees that this is said, and that the browser keeps the
// cookie of a session that lives on.
func (b *browser) mustStaySignedIn() {
	b.t.Helper()
	p := b.post("/logout", url.Values{})
	if p.status != http.StatusServiceUnavailable || !strings.Contains(p.text(), "You are still signed in") {
		b.t.Errorf("signing out: %d %s", p.status, p.text())
	}
	if set := p.header.Values("Set-Cookie"); len(set) != 0 {
		b.t.Errorf("signing out sets %q", set)
	}
	if p := b.get(b.site + "/users"); p.status != http.StatusOK || p.url.Path != "/users" || p.url.Host != b.host() {
		b.t.Errorf("after it: %d %s", p.status, p.url)
	}
}

// mustSignOut sees that the session can be ended now.
func (b *browser) mustSignOut() {
	b.t.Helper()
	p := b.post("/logout", url.Values{})
	if p.status != http.StatusOK || !strings.Contains(p.header.Get("Set-Cookie"), "Max-Age=0") {
		b.t.Errorf("signing out: %d %v", p.status, p.header)
	}
}

func (b *browser) mustDeactivate(id string) {
	b.t.Helper()
	if p := b.submit(b.get(b.site + "/users/" + id + "/deactivate")); p.status != http.StatusOK || b.account(id).Enabled {
		b.t.Errorf("afterwards: %d %s", p.status, p.text())
	}
	if n := len(b.requests("deactivate")); n != 1 {
		b.t.Errorf("%d changes were sent", n)
	}
	log := b.get(b.site + "/activity").text()
	if n := strings.Count(log, "Deactivated Uma User"); n != 1 {
		b.t.Errorf("the log has it %d times: %s", n, log)
	}
}

func TestSec47_WhileTheDatabaseIsLockedPagesAreShownAndNothingIsChanged(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.db")
	s := start(t, demo.Options{Users: 20}, with("DATABASE_URL", "sqlite:"+file))
	b := s.signedIn(demo.AdminEmail)
	id := s.userID("user@example.com")
	asked := b.get(s.site + "/users/" + id + "/deactivate")
	lock, err := openFile(t, file).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close() //nolint:errcheck // the test's own
	if _, err := lock.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/users", "/users/" + id, "/activity"} {
		if p := b.get(s.site + path); p.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, p.status, p.text())
		}
	}
	b.mustNotChange(id, func() page { return b.submit(asked) })
	b.mustStaySignedIn()
	if _, err := lock.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	b.mustDeactivate(id)
	b.mustSignOut()
}

func TestSec47_OnAFullDiskPagesAreShownAndNothingIsChanged(t *testing.T) {
	t.Parallel()
	s, c := startChild(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	id := s.userID("user@example.com")
	asked := b.get(s.site + "/users/" + id + "/deactivate")
	c.order("full")
	for _, path := range []string{"/users", "/users/" + id, "/activity"} {
		if p := b.get(s.site + path); p.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, p.status, p.text())
		}
	}
	b.mustNotChange(id, func() page { return b.submit(asked) })
	b.mustStaySignedIn()
	stranger := s.browser()
	if p := stranger.signIn("/users", demo.SecondAdminEmail); p.status != http.StatusServiceUnavailable {
		t.Errorf("a sign-in that can't be kept: %d %s", p.status, p.text())
	}
	c.order("room")
	b.mustDeactivate(id)
	b.mustSignOut()
	if p := stranger.get(s.site + "/users"); p.status != http.StatusOK {
		t.Errorf("a sign-in when there is room again: %d %s", p.status, p.text())
	}
}

func TestAServerKilledBetweenIntentAndOutcomeLeavesADoubtThatTheNextReadSettles(t *testing.T) {
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
			b := s.signedIn(demo.AdminEmail)
			path, isDone := "/invite", func() bool { return s.exists("new@example.com") }
			if row.action == "deactivate" {
				path, isDone = "/users/"+s.userID("user@example.com")+"/deactivate", func() bool { return !s.account("user@example.com").Enabled }
			}
			s.control(http.MethodPost, "faults", map[string]any{"endpoint": row.action, "latency": "1m", "after": row.after})
			var posting sync.WaitGroup
			posting.Go(func() {
				if status, err := b.tryPost(t.Context(), path, invitation("new@example.com")); err == nil {
					t.Errorf("an answer of a dead server: %d", status)
				}
			})
			db := openFile(t, strings.TrimPrefix(c.environ["DATABASE_URL"], "sqlite:"))
			awaitOpen(t, db, row.action)
			for isDone() != row.done {
				time.Sleep(5 * time.Millisecond)
			}
			time.Sleep(100 * time.Millisecond) // for the call to be on its way where nothing else shows it
			c.kill()
			posting.Wait()
			s.control(http.MethodDelete, "faults", nil)
			c.start()
			if log := b.get(s.site + "/activity").text(); strings.Contains(log, "Found out later") {
				t.Errorf("it might still be under way: %s", log)
			}
			begunEarlier(t, db, 10*time.Minute) // until then it might still be under way
			if p := b.get(s.site + "/users?fresh=1"); p.status != http.StatusOK {
				t.Fatalf("%d %s", p.status, p.text())
			}
			outcome, _ := told(t, db, row.action) // before the activity log is looked at, which would settle it too
			log := b.get(s.site + "/activity").text()
			if !strings.Contains(log, "Found out later") || strings.Contains(log, "it was not done") == row.done || outcome != row.want {
				t.Errorf("settled as %q: %s", outcome, log)
			}
			if n := len(s.requests(row.action)); n != 1 || isDone() != row.done {
				t.Errorf("%d calls; done: %v", n, isDone())
			}
		})
	}
}

// exists reports whether the stand-in has an account.
func (s *stack) exists(user string) bool {
	s.t.Helper()
	var found []account
	if err := json.Unmarshal(s.control(http.MethodGet, "users?user="+url.QueryEscape(user), nil), &found); err != nil {
		s.t.Fatal(err)
	}
	return len(found) > 0
}

// tryPost sends a form, and gives what comes of it.
func (b *browser) tryPost(ctx context.Context, path string, form url.Values) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.site+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Origin", b.site)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.client.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// wire passes connections on to an address, until it is cut or stands still.
type wire struct {
	listener net.Listener
	to       string
	carrying atomic.Int64 // connections that have not ended

	mu     sync.Mutex
	isCut  bool
	conns  []net.Conn
	moving chan struct{} // closed while bytes go through
	at     []byte        // what makes it stand still as it goes by; none: nothing
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	w := &wire{listener: listen(t), to: to, moving: make(chan struct{})}
	close(w.moving)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			near, err := w.listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { w.carry(near) })
		}
	})
	t.Cleanup(func() {
		w.cut(true)
		w.stall(false)
		_ = w.listener.Close()
		serving.Wait()
	})
	return w
}

func (w *wire) carry(near net.Conn) {
	w.carrying.Add(1)
	defer w.carrying.Add(-1)
	defer near.Close() //nolint:errcheck // as a wire does
	far, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", w.to)
	if err != nil {
		return
	}
	defer far.Close() //nolint:errcheck // as a wire does
	w.mu.Lock()
	isCut := w.isCut
	w.conns = append(w.conns, near, far)
	w.mu.Unlock()
	if isCut {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(near, held{far, w}) // until either side ends
		_ = near.Close()
	})
	_, _ = io.Copy(far, held{near, w})
	_ = far.Close()
	back.Wait()
}

// cut ends all connections, and those to come, or lets them through again.
func (w *wire) cut(isCut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.isCut = isCut
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

// held is one end of a wire, whose bytes stay where they are while it stands still.
type held struct {
	io.Reader
	wire *wire
}

func (h held) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	<-h.wire.passes(p[:n])
	return n, err
}

// passes gives what is closed once these bytes may go on.
func (w *wire) passes(p []byte) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at != nil && bytes.Contains(p, w.at) {
		w.at, w.moving = nil, make(chan struct{})
	}
	return w.moving
}

// stall lets connections stand, and new ones begin, but no byte through, or all of them again.
func (w *wire) stall(stands bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.moving:
		if stands {
			w.moving = make(chan struct{})
		}
	default:
		if !stands {
			close(w.moving)
		}
	}
}

func (w *wire) stands() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.moving:
		return false
	default:
		return true
	}
}

// stallAt stalls when this text is about to go by.
func (w *wire) stallAt(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = []byte(text)
}

// startOnAWire runs everything, with a wire between the dashboard and PostgreSQL.
func startOnAWire(t *testing.T) (*stack, *wire) {
	t.Helper()
	address, err := url.Parse(storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t, address.Host)
	address.Host = w.listener.Addr().String()
	return start(t, demo.Options{Users: 20}, with("DATABASE_URL", address.String())), w
}

func TestAPostgreSQLThatIsLostAndComesBack(t *testing.T) {
	s, w := startOnAWire(t)
	b := s.signedIn(demo.AdminEmail)
	id := s.userID("user@example.com")
	asked := b.get(s.site + "/users/" + id + "/deactivate")
	for range 2 { // twice, to see that it comes back wholly
		w.cut(true)
		if p := b.get(s.site + "/users"); p.status != http.StatusServiceUnavailable {
			t.Errorf("%d %s", p.status, p.text())
		}
		if p := b.submit(asked); p.status != http.StatusServiceUnavailable || len(s.requests("deactivate")) != 0 {
			t.Errorf("%d, %d changes were sent: %s", p.status, len(s.requests("deactivate")), p.text())
		}
		w.cut(false)
		if p := b.get(s.site + "/users"); p.status != http.StatusOK {
			t.Errorf("afterwards: %d %s", p.status, p.text())
		}
	}
	b.mustDeactivate(id)
}
