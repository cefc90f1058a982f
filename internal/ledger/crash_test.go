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
// once: with the new state, or by the next read that still finds it.
func TestACrashNeitherLosesNorRepeatsAChange(t *testing.T) {
	died := errors.New("died")
	after := []ledger.Account{person("flo"), inactive(person("jo"))}
	undone := []ledger.Account{person("flo"), person("jo")}
	const flo, jo = "appeared flo flo@example.com 14:00:00-", "deactivated jo jo@example.com 14:00:00-"
	crashes := map[string]struct {
		prepare  func(n *notebook, crash func())
		recorded []string
	}{
		"before anything is recorded": {func(n *notebook, crash func()) {
			n.fail = func(ledger.Change) error { crash(); return died }
		}, nil},
		"when one of two is recorded": {func(n *notebook, crash func()) {
			n.fail = func(c ledger.Change) error {
				if c.Kind == ledger.Deactivated {
					crash()
					return died
				}
				return nil
			}
		}, nil},
		"when all is recorded but not yet committed": {func(n *notebook, crash func()) {
			n.fail = func(c ledger.Change) error {
				if c.Kind == ledger.Deactivated {
					crash()
				}
				return nil
			}
		}, nil},
		"when all is committed and nobody knows": {func(n *notebook, crash func()) {
			n.after = func() error { crash(); return died }
		}, []string{flo + "14:01:10", jo + "14:01:10"}},
	}
	next := map[string]struct {
		accounts, last []ledger.Account
		found          []string // if nothing was recorded
		more           []string // if all was
	}{
		"and the next read finds the same":  {after, after, []string{flo + "14:02:10", jo + "14:02:10"}, nil},
		"and the next read finds it undone": {undone, undone, []string{flo + "14:02:10"}, []string{"activated jo jo@example.com 14:01:00-14:02:10"}},
		"and the next reads are not whole":  {numbered(100), after, []string{flo + "14:04:10", jo + "14:04:10"}, nil},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for name, crash := range crashes {
			for then, step := range next {
				t.Run(name+" "+then, func(t *testing.T) {
					var n notebook
					l := n.book(db)
					read(t, l, 0, people("jo")...)
					ctx, die := context.WithCancel(t.Context())
					defer die()
					crash.prepare(&n, die)
					if err := l.Observe(ctx, after, minute(1), minute(1).Add(10*time.Second)); err == nil {
						t.Fatal("it went well")
					}
					n.wrote(t, crash.recorded...)
					n.fail, n.after = nil, nil
					restarted := n.book(db)
					read(t, restarted, 2, step.accounts...)
					read(t, restarted, 3, step.accounts...)
					read(t, restarted, 4, step.last...)
					if crash.recorded == nil {
						n.wrote(t, step.found...)
					} else {
						n.wrote(t, append(slices.Clone(crash.recorded), step.more...)...)
					}
					forget(t, db)
				})
			}
		}
	})
}

// Of two replicas that compare at once, the one that writes later records
// nothing of what it found: the other's read may have told it already.
func TestAReplicaThatWasOvertakenRecordsNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var n notebook
		fast := n.book(db)
		overtaken := 0
		slow := ledger.New(db.DB, ledger.Options{Record: func(ctx context.Context, changes []ledger.Change, write ledger.Write) error {
			overtaken++
			if err := fast.Observe(ctx, people("jo", "flo", "kim"), minute(2), minute(2)); err != nil {
				t.Error(err)
			}
			return n.record(ctx, changes, write)
		}})
		read(t, slow, 0, people("jo")...)
		read(t, slow, 1, people("jo", "flo")...)
		if overtaken != 1 {
			t.Errorf("overtaken %d times", overtaken)
		}
		n.wrote(t, "appeared flo flo@example.com 14:00:00-14:02:00", "appeared kim kim@example.com 14:00:00-14:02:00")
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
		// The notebook's mutex would keep the replicas apart, so each has its own.
		var other notebook
		replicas := []*ledger.Ledger{n.book(storetest.Open(t, url)), other.book(storetest.Open(t, url))}
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
		agrees(t, w, append(n.all, other.all...), newcomers)
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
