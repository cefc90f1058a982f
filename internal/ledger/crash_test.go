package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/ledger"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/store/storetest"
)

// Whenever a server dies or its database goes away, what was found is recorded
// later, and once.
func TestACrashLosesNothingAndDoublesNothing(t *testing.T) {
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

// world is the true users while several servers read them.
type world struct {
	mu       sync.Mutex
	clock    int
	accounts map[string]ledger.Account
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
	w.tick()
}

// Two replicas with four readers each, over one database, while accounts come
// and are switched on and off: each that came is told once, and what is told of
// a status is in turn off and on, and ends as it is.
func TestReplicasTellEachChangeOnce(t *testing.T) {
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
		const newcomers = 60
		var servers sync.WaitGroup
		for i := range 8 {
			servers.Go(func() {
				for j := range 25 {
					if i == 0 {
						w.change(fmt.Sprintf("new-%d", j), true)
					}
					if i == 1 {
						w.change("jo", j%2 == 0)
					}
					observe(replicas[i%2])
				}
			})
		}
		servers.Wait()
		for j := 25; j < newcomers; j++ {
			w.change(fmt.Sprintf("new-%d", j), true)
		}
		w.change("jo", false)
		observe(replicas[0])
		n.agrees(t, newcomers)
	})
}

// agrees checks what was told in the end.
func (n *notebook) agrees(t *testing.T, newcomers int) {
	t.Helper()
	slices.SortStableFunc(n.all, func(a, b ledger.Change) int { return a.Until.Compare(b.Until) })
	came, active := make(map[string]int), true
	for _, c := range n.all {
		switch {
		case c.Kind == ledger.Appeared && strings.HasPrefix(c.Account.ID, "new-"):
			came[c.Account.ID]++
		case c.Account.ID == "jo" && (c.Kind == ledger.Activated) != active && (c.Kind == ledger.Activated || c.Kind == ledger.Deactivated):
			active = !active
		default:
			t.Errorf("told: %s", line(c))
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
