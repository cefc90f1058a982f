package handlers

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"wallaroo-user-admin/internal/audit"
)

// doubtful is a site with a clock that only the test moves, and a change of an active account that nobody has told the
// end of.
type doubtful struct {
	*site
	t    *testing.T
	pass func(time.Duration)
	id   string
}

func newDoubtful(t *testing.T, e audit.Event) doubtful {
	t.Helper()
	s, _ := signedInSite(t)
	var at atomic.Int64
	at.Store(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).UnixNano())
	s.Now, s.SettleAfter = func() time.Time { return time.Unix(0, at.Load()) }, 5*time.Minute
	s.Console = func(string) string { return "" }
	id, err := s.Audit.Intent(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return doubtful{site: s, t: t, pass: func(d time.Duration) { at.Add(int64(d)) }, id: id}
}

func deactivation(id string) audit.Event {
	return audit.Event{Action: audit.Deactivate, Target: audit.Target{ID: id}}
}

// get asks for a page, and gives what is known of the change after it.
func (d doubtful) get(path string) audit.Event {
	d.t.Helper()
	router := chi.NewRouter()
	router.Handle("/users", d.signedIn(d.listUsers))
	router.Handle("/users/{id}", d.signedIn(d.showUser))
	w := httptest.NewRecorder()
	router.ServeHTTP(w, httptest.NewRequestWithContext(d.t.Context(), http.MethodGet, path, http.NoBody))
	if w.Code != http.StatusOK {
		d.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	e, err := d.Audit.Get(d.t.Context(), d.id)
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

// The list is read for another page while the change is under way, and shown for as long as it will do.
func TestAListFromWhileAChangeWasUnderWayTellsNothingOfIt(t *testing.T) {
	d := newDoubtful(t, deactivation("u1"))
	d.pass(time.Second)
	d.get("/users/u2")
	d.pass(10 * time.Minute)
	if e := d.get("/users"); e.Outcome != audit.Intended {
		t.Errorf("by an old list it is %q: %s", e.Outcome, e.Detail)
	}
	if e := d.get("/users?fresh=1"); e.Outcome != audit.Failed {
		t.Errorf("by a new list it is %q: %s", e.Outcome, e.Detail)
	}
}

func TestAnAccountsPageTellsWhatBecameOfItsChange(t *testing.T) {
	activation := deactivation("u1")
	activation.Action = audit.Activate
	for name, row := range map[string]struct {
		change audit.Event
		want   audit.Outcome
	}{
		"done":                 {activation, audit.Done},
		"not done":             {deactivation("u1"), audit.Failed},
		"of another account":   {deactivation("u2"), audit.Intended},
		"nothing that it says": {audit.Event{Action: audit.Invite, Target: audit.Target{Email: "jo@example.com"}}, audit.Intended},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoubtful(t, row.change)
			d.pass(time.Second)
			if e := d.get("/users/u1"); e.Outcome != audit.Intended {
				t.Errorf("while it may be under way it is %q", e.Outcome)
			}
			d.pass(5 * time.Minute)
			if e := d.get("/users/u1"); e.Outcome != row.want {
				t.Errorf("afterwards it is %q: %s", e.Outcome, e.Detail)
			}
		})
	}
}

// Of two changes that nobody told the end of, the account may be as it is by either.
func TestADoubtTakesNoCreditForAnotherThatIsOpen(t *testing.T) {
	activation := deactivation("u1")
	activation.Action = audit.Activate
	d := newDoubtful(t, activation)
	d.pass(time.Second)
	later, err := d.Audit.Intent(t.Context(), activation)
	if err != nil {
		t.Fatal(err)
	}
	d.pass(10 * time.Minute)
	first := d.get("/users/u1")
	if e, err := d.Audit.Get(t.Context(), later); err != nil || e.Outcome != audit.Done || first.Outcome != audit.Intended {
		t.Errorf("the first is %q, the second %q, %v", first.Outcome, e.Outcome, err)
	}
}
