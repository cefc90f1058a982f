package app

import (
	"context"
	"database/sql"
	"log/slog"
	"slices"
	"testing"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/ledger"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
)

// trail is an activity log with a clock of its own.
type trail struct {
	*audit.Log
	t   *testing.T
	now time.Time
}

func newTrail(t *testing.T, db *store.DB) *trail {
	tr := &trail{t: t}
	var err error
	tr.Log, err = audit.New(db.DB, audit.Options{Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return tr.now }})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// try writes down a change that was begun at one time of day and settled at
// another; without an outcome it stays open.
func (tr *trail) try(action audit.Action, target audit.Target, begun, settled string, outcome audit.Outcome) {
	tr.t.Helper()
	tr.now = clock(tr.t, begun)
	id, err := tr.Intent(tr.t.Context(), audit.Event{Action: action, Target: target})
	if err == nil && outcome != "" {
		tr.now = clock(tr.t, settled)
		err = tr.Outcome(tr.t.Context(), id, outcome, "", audit.Target{})
	}
	if err != nil {
		tr.t.Fatal(err)
	}
}

func clock(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateTime, "2026-03-04 "+text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestWhichChangesInTheListAreOurs(t *testing.T) {
	jo := audit.Target{ID: "jo", Email: "jo@example.com"}
	const failed = "It was tried from here shortly before, and failed"
	rows := []struct {
		name string
		try  func(*trail)
		kind ledger.Kind
		ours bool
		note string
	}{
		{"done between the reads", func(tr *trail) { tr.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Done) }, ledger.Deactivated, true, ""},
		{"nothing done", func(*trail) {}, ledger.Deactivated, false, ""},
		{"done while the older read was under way", func(tr *trail) { tr.try(audit.Deactivate, jo, "13:59:40", "14:00:05", audit.Done) }, ledger.Deactivated, true, ""},
		{"done just before the older read", func(tr *trail) { tr.try(audit.Deactivate, jo, "13:59:50", "13:59:51", audit.Done) }, ledger.Deactivated, true, ""},
		{"done long before the older read", func(tr *trail) { tr.try(audit.Deactivate, jo, "13:58:00", "13:58:01", audit.Done) }, ledger.Deactivated, false, ""},
		{"done long after the newer read", func(tr *trail) { tr.try(audit.Deactivate, jo, "14:02:00", "14:02:01", audit.Done) }, ledger.Deactivated, false, ""},
		{"begun, and no outcome yet", func(tr *trail) { tr.try(audit.Deactivate, jo, "14:01:05", "", "") }, ledger.Deactivated, true, ""},
		{"not known whether done", func(tr *trail) { tr.try(audit.Deactivate, jo, "13:59:00", "13:59:20", audit.Unknown) }, ledger.Deactivated, true, ""},
		{"open since long ago", func(tr *trail) { tr.try(audit.Deactivate, jo, "13:40:00", "", "") }, ledger.Deactivated, false, ""},
		{"refused", func(tr *trail) { tr.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Refused) }, ledger.Deactivated, false, ""},
		{"failed", func(tr *trail) { tr.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Failed) }, ledger.Deactivated, false, failed},
		{"failed, then done", func(tr *trail) {
			tr.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Failed)
			tr.try(audit.Deactivate, jo, "14:00:40", "14:00:41", audit.Done)
		}, ledger.Deactivated, true, ""},
		{"done, then failed", func(tr *trail) {
			tr.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Done)
			tr.try(audit.Deactivate, jo, "14:00:40", "14:00:41", audit.Failed)
		}, ledger.Deactivated, true, ""},
		{"the other way round", func(tr *trail) { tr.try(audit.Activate, jo, "14:00:30", "14:00:31", audit.Done) }, ledger.Deactivated, false, ""},
		{"activated", func(tr *trail) { tr.try(audit.Activate, jo, "14:00:30", "14:00:31", audit.Done) }, ledger.Activated, true, ""},
		{"another account with that address", func(tr *trail) {
			tr.try(audit.Deactivate, audit.Target{ID: "old", Email: jo.Email}, "14:00:30", "14:00:31", audit.Done)
		}, ledger.Deactivated, false, ""},
		{"invited by address, in another case", func(tr *trail) {
			tr.try(audit.Invite, audit.Target{Email: "Jo@Example.com"}, "14:00:30", "14:00:31", audit.Done)
		}, ledger.Appeared, true, ""},
		{"invited, then given another address", func(tr *trail) {
			tr.try(audit.Invite, audit.Target{ID: "jo", Email: "x@example.com"}, "14:00:30", "14:00:31", audit.Done)
		}, ledger.Appeared, true, ""},
		{"an email is never changed from here", func(tr *trail) { tr.try(audit.Invite, jo, "14:00:30", "14:00:31", audit.Done) }, ledger.EmailChanged, false, ""},
		{"nobody is deleted from here", func(tr *trail) { tr.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Done) }, ledger.Vanished, false, ""},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				tr := newTrail(t, db)
				row.try(tr)
				judge, err := ownChanges(tr.Log, 10*time.Minute)(t.Context(), clock(t, "14:00:00"), clock(t, "14:01:10"))
				if err != nil {
					t.Fatal(err)
				}
				c := ledger.Change{Kind: row.kind, Account: ledger.Account{ID: jo.ID, Email: jo.Email}}
				if ours, note := judge(c); ours != row.ours || note != row.note {
					t.Errorf("ours: %v, note: %q", ours, note)
				}
				if _, err := tr.Prune(t.Context(), clock(t, "23:00:00")); err != nil {
					t.Fatal(err)
				}
			})
		}
	})
}

func TestChangesByOthersAreWrittenDownAsNobodysWithWhatIsKnown(t *testing.T) {
	jo, seen := audit.Target{ID: "jo", Email: "jo@example.com", Name: "Jo"}, audit.Observation{Accounts: 1}
	account := ledger.Account{ID: "jo", Email: "jo@example.com", Name: "Jo"}
	rows := []struct {
		change ledger.Change
		want   audit.Event
	}{
		{ledger.Change{Kind: ledger.Appeared, Account: account, Count: 1}, audit.Event{Action: audit.OutsideAppeared, Target: jo, Observed: seen}},
		{ledger.Change{Kind: ledger.Vanished, Account: account, Count: 1}, audit.Event{Action: audit.OutsideVanished, Target: jo, Observed: seen}},
		{ledger.Change{Kind: ledger.Activated, Account: account, Count: 1}, audit.Event{Action: audit.OutsideActivated, Target: jo, Observed: seen}},
		{ledger.Change{Kind: ledger.Deactivated, Account: account, Count: 1, Note: "It failed"}, audit.Event{Action: audit.OutsideDeactivated, Target: jo, Detail: "It failed", Observed: seen}},
		{ledger.Change{Kind: ledger.EmailChanged, Account: account, OldEmail: "a@example.com", Count: 1}, audit.Event{Action: audit.OutsideEmail, Target: jo, Old: "a@example.com", New: jo.Email, Observed: seen}},
		{ledger.Change{Kind: ledger.Vanished, Count: 1234}, audit.Event{Action: audit.OutsideVanished, Observed: audit.Observation{Accounts: 1234}}},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		tr := newTrail(t, db)
		since, until := clock(t, "14:00:00").Add(900*time.Millisecond), clock(t, "14:01:10")
		changes := make([]ledger.Change, len(rows))
		for i, row := range rows {
			changes[i] = row.change
			changes[i].Since, changes[i].Until = since, until
		}
		nothing := func(context.Context, *sql.Tx) error { return nil }
		if err := recordOutside(tr.Log)(t.Context(), changes, nothing); err != nil {
			t.Fatal(err)
		}
		page, err := tr.List(t.Context(), audit.Filter{})
		if err != nil || len(page.Events) != len(rows) {
			t.Fatal(page, err)
		}
		slices.Reverse(page.Events)
		for i, got := range page.Events {
			want := rows[i].want
			want.ID, want.Time, want.Settled, want.Outcome = got.ID, got.Time, got.Settled, audit.Done
			want.Observed.Since, want.Observed.Until = since, until
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
	})
}
