package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/ledger"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
)

// Whenever a server dies or its database goes away, what was found is recorded
// later, and once.
func TestACrashNeitherLosesNorRepeatsAChange(t *testing.T) {
	both := []string{"appeared flo flo@example.com 14:00:00-14:01:10", "deactivated jo jo@example.com 14:00:00-14:01:10"}
	after := []ledger.Account{person("flo"), inactive(person("jo"))}
	crashes := map[string]func(n *notebook, crash func()){
		"before anything is recorded": func(n *notebook, crash func()) {
			n.fail = func(ledger.Change) error { crash(); return errors.New("died") }
		},
		"when one of two is recorded": func(n *notebook, crash func()) {
			n.fail = func(c ledger.Change) error {
				if c.Kind == ledger.Deactivated {
					crash()
					return errors.New("died")
				}
				return nil
			}
		},
		"when all is recorded but not yet ticked off": func(n *notebook, crash func()) {
			n.after = func(c ledger.Change) {
				if c.Kind == ledger.Deactivated {
					crash()
				}
			}
		},
	}
	undone := []ledger.Account{person("flo"), person("jo")}
	next := map[string]struct {
		accounts, last []ledger.Account
		more           []string
	}{
		"and the next read finds the same":  {after, after, nil},
		"and the next read finds it undone": {undone, undone, []string{"activated jo jo@example.com 14:01:00-14:02:10"}},
		"and the next reads are not whole":  {numbered(100), after, nil},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for name, prepare := range crashes {
			for then, step := range next {
				t.Run(name+" "+then, func(t *testing.T) {
					var n notebook
					l := n.book(db)
					read(t, l, 0, people("jo")...)
					ctx, die := context.WithCancel(t.Context())
					prepare(&n, die)
					if err := l.Observe(ctx, after, minute(1), minute(1).Add(10*time.Second)); err == nil {
						t.Fatal("it went well")
					}
					n.fail, n.after = nil, nil
					restarted := n.book(db)
					read(t, restarted, 2, step.accounts...)
					read(t, restarted, 3, step.accounts...)
					read(t, restarted, 4, step.last...)
					n.wrote(t, append(slices.Clone(both), step.more...)...)
					forget(t, db)
				})
			}
		}
	})
}

// A replica that is slow to tick off what it recorded doesn't tick off what
// another has found meanwhile.
func TestOnlyRecordedChangesAreMarkedAsDone(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var n notebook
		fast := n.book(db)
		slow := ledger.New(db.DB, ledger.Options{Record: func(ctx context.Context, c ledger.Change) error {
			if err := n.record(ctx, c); err != nil {
				return err
			}
			n.fail = func(c ledger.Change) error {
				if c.Account.ID == "kim" {
					return errors.New("died")
				}
				return nil
			}
			if err := fast.Observe(ctx, people("jo", "flo", "kim"), minute(2), minute(2)); err == nil {
				t.Error("it went well")
			}
			return nil
		}})
		read(t, slow, 0, people("jo")...)
		read(t, slow, 1, people("jo", "flo")...)
		n.fail = nil
		read(t, fast, 3, people("jo", "flo", "kim")...)
		n.wrote(t, "appeared flo flo@example.com 14:00:00-14:01:10", "appeared kim kim@example.com 14:01:00-14:02:00")
	})
}

// world is the true users while several servers read them.
type world struct {
	mu       sync.Mutex
	clock    int
	accounts map[string]ledger.Account
	history  []event
}

// event is what has truly happened to an account.
type event struct {
	id      string
	enabled bool
	at      time.Time
}

func (w *world) tick() time.Time {
	w.clock++
	return minute(0).Add(time.Duration(w.clock) * time.Millisecond)
}

func (w *world) read() (all []ledger.Account, began, ended time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	began = w.tick()
	for _, a := range w.accounts {
		all = append(all, a)
	}
	return all, began, w.tick()
}

func (w *world) change(id string, enabled bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := person(id)
	a.Enabled = enabled
	w.accounts[id] = a
	w.history = append(w.history, event{id: id, enabled: enabled, at: w.tick()})
}

// explains tells whether what was told has happened in the time that was told.
func (w *world) explains(c ledger.Change) bool {
	return slices.ContainsFunc(w.history, func(e event) bool {
		return e.id == c.Account.ID && e.enabled == c.Account.Enabled && e.at.After(c.Since) && e.at.Before(c.Until)
	})
}

// Two replicas with four readers each, over one database, while accounts come
// and one is switched on and off: each that came is told once, what is told of
// the other is in turn off and on and ends as it is, and all within the times
// told.
func TestReplicasReportEachChangeOnce(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		w := &world{accounts: map[string]ledger.Account{"jo": person("jo")}}
		var n notebook
		replicas := []*ledger.Ledger{n.book(storetest.Open(t, url)), n.book(storetest.Open(t, url))}
		observe := func(l *ledger.Ledger) {
			all, began, ended := w.read()
			if err := l.Observe(t.Context(), all, began, ended); err != nil {
				t.Error(err)
			}
		}
		observe(replicas[0])
		const newcomers = 25
		var servers sync.WaitGroup
		for i := range 8 {
			servers.Go(func() {
				for j := range newcomers {
					switch i {
					case 0:
						w.change(fmt.Sprintf("new-%d", j), true)
					case 1:
						w.change("jo", j%2 == 1)
					}
					observe(replicas[i%2])
				}
			})
		}
		servers.Wait()
		observe(replicas[0])
		agrees(t, w, n.all, newcomers)
	})
}

// agrees compares what was told with what has happened. In the end jo was
// switched off.
func agrees(t *testing.T, w *world, told []ledger.Change, newcomers int) {
	t.Helper()
	slices.SortStableFunc(told, func(a, b ledger.Change) int { return a.Until.Compare(b.Until) })
	came, active := make(map[string]int), true
	for _, c := range told {
		switched := c.Account.ID == "jo" && (c.Kind == ledger.Activated && !active || c.Kind == ledger.Deactivated && active)
		switch {
		case !w.explains(c):
			t.Errorf("this has not happened then: %s", line(c))
		case switched:
			active = !active
		case c.Kind == ledger.Appeared && c.Account.ID != "jo":
			came[c.Account.ID]++
		default:
			t.Errorf("this can't follow: %s", line(c))
		}
	}
	for id, times := range came {
		if times != 1 {
			t.Errorf("%s came %d times", id, times)
		}
	}
	if len(came) != newcomers || active {
		t.Errorf("%d of %d came; jo ended active: %v", len(came), newcomers, active)
	}
}
