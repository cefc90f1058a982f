package audit_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/audit"
)

// found are two changes by others.
func found(f *fixture) []audit.Event {
	seen := audit.Observation{Since: f.now().Add(-90*time.Second - 100*time.Millisecond), Until: f.now().Add(100 * time.Millisecond), Accounts: 1}
	many := seen
	many.Accounts = 300
	return []audit.Event{
		{Action: audit.OutsideEmail, Target: audit.Target{ID: "u-1", Email: "new@example.com"}, Old: "Öld@example.com", New: "new@example.com", Observed: seen},
		{Action: audit.OutsideVanished, Observed: many},
	}
}

// use marks a key as used, in the transaction of the events.
func use(key string) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO used_keys (key_hash, expires_at) VALUES ($1, 1)`, key)
		return err
	}
}

// written returns the number of events, and of what was written with them.
func (f *fixture) written() (events, keys int) {
	f.t.Helper()
	err := f.db.QueryRowContext(f.t.Context(), `SELECT (SELECT count(*) FROM audit_events), (SELECT count(*) FROM used_keys)`).Scan(&events, &keys)
	if err != nil {
		f.t.Fatal(err)
	}
	return events, keys
}

func TestEventsAreWrittenTogetherWithWhatBelongsToThem(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		want := found(f)
		if err := f.RecordWith(t.Context(), want, use("k")); err != nil {
			t.Fatal(err)
		}
		if events, keys := f.written(); events != 2 || keys != 1 {
			t.Errorf("%d events, %d keys", events, keys)
		}
		page, err := f.List(t.Context(), audit.Filter{})
		if err != nil || len(page.Events) != 2 {
			t.Fatal(page, err)
		}
		for _, got := range page.Events {
			e := want[0]
			if got.Action == audit.OutsideVanished {
				e = want[1]
			}
			e.ID, e.Time, e.Settled, e.Outcome = got.ID, got.Time, got.Settled, audit.Done
			e.Observed.Since, e.Observed.Until = e.Observed.Since.UTC(), e.Observed.Until.UTC()
			if got != e || !got.Settled.Equal(f.now()) {
				t.Errorf("got  %+v\nwant %+v", got, e)
			}
		}
		for query, n := range map[string]int{
			"from old@example.com to new@example.com": 1, "between 2026-11-23t11:58:29z and 2026-11-23t12:00:01z": 2, "300 accounts at once": 1, "none": 0,
		} {
			if page, err := f.List(t.Context(), audit.Filter{Query: query}); err != nil || page.Total != n {
				t.Errorf("a search for %q finds %d, %v", query, page.Total, err)
			}
		}
		var line struct {
			Action   string
			Observed struct {
				Since, Until time.Time
				Accounts     int
				Old, New     string
			}
		}
		if err := json.Unmarshal([]byte(strings.Split(f.lines.String(), "\n")[0]), &line); err != nil || !line.Observed.Since.Equal(want[0].Observed.Since) || line.Observed.Old != "Öld@example.com" {
			t.Errorf("the log's line is %+v, %v", line, err)
		}
	})
}

func TestWhatCannotBeWrittenTogetherIsNotWrittenAtAll(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		refusal := errors.New("overtaken")
		incomplete := append(found(f), audit.Event{})
		ctx, cancel := context.WithCancel(t.Context())
		for name, row := range map[string]struct {
			events []audit.Event
			write  func(context.Context, *sql.Tx) error
			want   error
		}{
			"what belongs to them is refused": {found(f), func(ctx context.Context, tx *sql.Tx) error { return errors.Join(use("k")(ctx, tx), refusal) }, refusal},
			"an event is incomplete":          {incomplete, use("k"), audit.ErrIncomplete},
			"the server stops in between":     {found(f), func(ctx context.Context, tx *sql.Tx) error { defer cancel(); return use("k")(ctx, tx) }, context.Canceled},
		} {
			if err := f.RecordWith(ctx, row.events, row.write); !errors.Is(err, row.want) && !errors.Is(err, sql.ErrTxDone) {
				t.Errorf("%s: %v", name, err)
			}
			if events, keys := f.written(); events != 0 || keys != 0 {
				t.Errorf("%s: %d events, %d keys", name, events, keys)
			}
			ctx, cancel = context.WithCancel(t.Context())
		}
		cancel()
		if strings.Contains(f.lines.String(), `"level":"INFO"`) {
			t.Errorf("the log tells of what was not written: %s", f.lines.String())
		}
	})
}
