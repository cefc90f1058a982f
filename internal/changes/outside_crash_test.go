package changes

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
	"wallaroo-user-admin/internal/wallaroo"
)

// If a server or its database dies at any moment, what was found is written exactly once: with the new state, or by
// the next read that finds it.
func TestACrashNeitherLosesNorRepeatsAChange(t *testing.T) {
	died := errors.New("died")
	after := []wallaroo.User{person("flo"), inactive(person("jo"))}
	undone := []wallaroo.User{person("flo"), person("jo")}
	const flo, jo = "appeared flo flo@example.com 14:00:00-", "deactivated jo jo@example.com 14:00:00-"
	type write = func(context.Context, *sql.Tx) error
	crashes := map[string]struct {
		record  func(ctx context.Context, log *audit.Log, events []audit.Event, write write) error
		written []string
	}{
		"before anything is written": {func(context.Context, *audit.Log, []audit.Event, write) error { return died }, nil},
		"when the read is written": {func(ctx context.Context, log *audit.Log, events []audit.Event, write write) error {
			return log.RecordWith(ctx, events, func(ctx context.Context, tx *sql.Tx) error { return errors.Join(write(ctx, tx), died) })
		}, nil},
		"when one of two changes is written": {func(ctx context.Context, log *audit.Log, events []audit.Event, write write) error {
			return log.RecordWith(ctx, []audit.Event{events[0], {}}, write)
		}, nil},
		"when all is written but not yet committed": {func(ctx context.Context, log *audit.Log, events []audit.Event, write write) error {
			return log.RecordWith(ctx, append(events, audit.Event{}), write)
		}, nil},
		"when all is committed and nobody knows": {func(ctx context.Context, log *audit.Log, events []audit.Event, write write) error {
			return errors.Join(log.RecordWith(ctx, events, write), died)
		}, []string{flo + "14:01:10", jo + "14:01:10"}},
	}
	next := map[string]struct {
		users, last []wallaroo.User
		found       []string // if nothing was written
		more        []string // if all was
	}{
		"and the next read finds the same":  {after, after, []string{flo + "14:02:10", jo + "14:02:10"}, nil},
		"and the next read finds it undone": {undone, undone, []string{flo + "14:02:10"}, []string{"activated jo jo@example.com 14:01:00-14:02:10"}},
		"and the next reads are not whole":  {numbered(100), after, []string{flo + "14:04:10", jo + "14:04:10"}, nil},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for name, crash := range crashes {
			for then, step := range next {
				t.Run(name+" "+then, func(t *testing.T) {
					dying := newComparing(t, db)
					dying.read(0, people("jo")...)
					dying.record = func(ctx context.Context, events []audit.Event, write func(context.Context, *sql.Tx) error) error {
						return crash.record(ctx, dying.log, events, write)
					}
					if err := dying.compareWithLast(t.Context(), after, minute(1), minute(1).Add(10*time.Second)); err == nil {
						t.Fatal("it went well")
					}
					dying.wrote(crash.written...)
					restarted := newComparing(t, db)
					restarted.read(2, step.users...)
					restarted.read(3, step.users...)
					restarted.read(4, step.last...)
					if crash.written == nil {
						restarted.wrote(step.found...)
					} else {
						restarted.wrote(append(slices.Clone(crash.written), step.more...)...)
					}
					restarted.forget()
				})
			}
		}
	})
}

// If two replicas compare at once, the later one writes nothing of what it found, since the other has written it.
func TestAReplicaThatWasOvertakenWritesNothing(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		fast, slow, overtaken := newComparing(t, db), newComparing(t, db), 0
		slow.read(0, people("jo")...)
		slow.record = func(ctx context.Context, events []audit.Event, write func(context.Context, *sql.Tx) error) error {
			overtaken++
			fast.read(2, people("jo", "flo", "kim")...)
			return slow.log.RecordWith(ctx, events, write)
		}
		slow.read(1, people("jo", "flo")...)
		if overtaken != 1 {
			t.Errorf("overtaken %d times", overtaken)
		}
		slow.wrote("appeared flo flo@example.com 14:00:00-14:02:10", "appeared kim kim@example.com 14:00:00-14:02:10")
	})
}

// world holds the true users while several servers read them.
type world struct {
	mu       sync.Mutex
	clock    int
	accounts map[string]wallaroo.User
	history  []happened
}

// happened is what really happened to an account.
type happened struct {
	id      string
	enabled bool
	at      time.Time
}

func (w *world) tick() time.Time {
	w.clock++
	return minute(0).Add(time.Duration(w.clock) * time.Millisecond)
}

func (w *world) read() (all []wallaroo.User, began, ended time.Time) {
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
	a.Enabled = wallaroo.BoolOf(enabled)
	w.accounts[id] = a
	w.history = append(w.history, happened{id: id, enabled: enabled, at: w.tick()})
}

// explains reports whether an event matches what happened, within its times.
func (w *world) explains(e audit.Event) bool {
	return slices.ContainsFunc(w.history, func(h happened) bool {
		return h.id == e.Target.ID && h.enabled == (e.Action != audit.OutsideDeactivated) && h.at.After(e.Observed.Since) && h.at.Before(e.Observed.Until)
	})
}

// Two replicas with four readers each share a database while accounts are added and one is switched on and off. Each
// added account is told once, what is told of the switched one alternates and ends as the account does, and each
// event is within its times.
func TestReplicasReportEachChangeOnce(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		w := &world{accounts: map[string]wallaroo.User{"jo": person("jo")}}
		replicas := []*comparing{newComparing(t, storetest.Open(t, url)), newComparing(t, storetest.Open(t, url))}
		observe := func(c *comparing) {
			all, began, ended := w.read()
			if err := c.compareWithLast(t.Context(), all, began, ended); err != nil {
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
		agrees(t, w, replicas[0].written(), newcomers)
	})
}

// agrees compares the log with what happened. At the end jo is deactivated.
func agrees(t *testing.T, w *world, told []audit.Event, newcomers int) {
	t.Helper()
	slices.SortStableFunc(told, func(a, b audit.Event) int { return a.Observed.Until.Compare(b.Observed.Until) })
	came, active := make(map[string]int), true
	for _, e := range told {
		switched := e.Target.ID == "jo" && (e.Action == audit.OutsideActivated && !active || e.Action == audit.OutsideDeactivated && active)
		switch {
		case !w.explains(e):
			t.Errorf("this has not happened then: %s", line(e))
		case switched:
			active = !active
		case e.Action == audit.OutsideAppeared && e.Target.ID != "jo":
			came[e.Target.ID]++
		default:
			t.Errorf("this can't follow: %s", line(e))
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
