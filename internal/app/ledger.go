package app

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/ledger"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/wallaroo"
)

const (
	// observeWithin bounds what follows a read, so that a database that hangs
	// neither piles reads up nor holds up the end of the process.
	observeWithin = 20 * time.Second
	// lag is how far the clocks of replicas may be apart, and how late the list
	// may tell a change.
	lag = 15 * time.Second
)

// newLedger makes the ledger of what was changed by other hands, which writes
// it into the activity log.
func newLedger(db *store.DB, trail *audit.Log, within time.Duration, log *slog.Logger) *ledger.Ledger {
	return ledger.New(db.DB, ledger.Options{Record: recordOutside(trail), Own: ownChanges(trail, within), Logger: log})
}

// observer hands each read of the users to the ledger. Nobody waits for it, and
// a failure is only logged: the next read shows the same changes.
func observer(book *ledger.Ledger, log *slog.Logger) func(context.Context, []wallaroo.User, time.Time, time.Time) {
	return func(ctx context.Context, users []wallaroo.User, began, ended time.Time) {
		ctx, cancel := context.WithTimeout(ctx, observeWithin)
		defer cancel()
		accounts := make([]ledger.Account, len(users))
		for i := range users {
			a := directory.Account{User: users[i]}
			accounts[i] = ledger.Account{ID: a.ID, Email: a.Email, Name: a.Name(), Enabled: a.Enabled}
		}
		if err := book.Observe(ctx, accounts, began, ended); err != nil {
			log.WarnContext(ctx, "the users could not be compared with the last read", slog.Any("error", err))
		}
	}
}

// recordOutside writes changes by other hands into the log, as nobody's.
func recordOutside(trail *audit.Log) func(context.Context, []ledger.Change, ledger.Write) error {
	return func(ctx context.Context, changes []ledger.Change, write ledger.Write) error {
		events := make([]audit.Event, len(changes))
		for i, c := range changes {
			events[i] = audit.Event{
				Action: outsideAction(c.Kind), Detail: c.Note,
				Target:   audit.Target{ID: c.Account.ID, Email: c.Account.Email, Name: c.Account.Name},
				Observed: audit.Observation{Since: c.Since, Until: c.Until, Accounts: c.Count},
			}
			if c.Kind == ledger.EmailChanged {
				events[i].Old, events[i].New = c.OldEmail, c.Account.Email
			}
		}
		return trail.RecordWith(ctx, events, write)
	}
}

func outsideAction(k ledger.Kind) audit.Action {
	switch k {
	case ledger.Appeared:
		return audit.OutsideAppeared
	case ledger.Vanished:
		return audit.OutsideVanished
	case ledger.Activated:
		return audit.OutsideActivated
	case ledger.Deactivated:
		return audit.OutsideDeactivated
	default:
		return audit.OutsideEmail
	}
}

// ownChanges looks up in the activity log what was changed from here, when a
// change takes no longer than within.
func ownChanges(trail *audit.Log, within time.Duration) func(ctx context.Context, since, until time.Time) (ledger.Judge, error) {
	return func(ctx context.Context, since, until time.Time) (ledger.Judge, error) {
		mine := own{since: since.Add(-lag), outcomes: make(map[ownKey]audit.Outcome)}
		for _, action := range []audit.Action{audit.Invite, audit.Activate, audit.Deactivate} {
			f := audit.Filter{Action: action, From: since.Add(-within), To: until.Add(lag)}
			err := trail.Each(ctx, f, func(e audit.Event) error { mine.add(e); return nil })
			if err != nil {
				return nil, err
			}
		}
		return mine.judge, nil
	}
}

// own is what was changed, or tried, from here since a time.
type own struct {
	since    time.Time
	outcomes map[ownKey]audit.Outcome
}

// ownKey is an action on an account, by its id or by its email.
type ownKey struct {
	action audit.Action
	target string
}

func (o *own) add(e audit.Event) {
	over := !e.Settled.IsZero() && e.Settled.Before(o.since)
	if over || e.Outcome == audit.Refused {
		return
	}
	for _, key := range ownKeys(e.Action, e.Target.ID, e.Target.Email) {
		// What was done, or may have been, counts more than what failed.
		if before, known := o.outcomes[key]; !known || before == audit.Failed {
			o.outcomes[key] = e.Outcome
		}
	}
}

// judge tells whether a change in the list was made from here. What failed here
// was not done as far as anybody knows, but is worth a word.
func (o *own) judge(c ledger.Change) (ours bool, note string) {
	var action audit.Action
	switch c.Kind {
	case ledger.Appeared:
		action = audit.Invite
	case ledger.Activated:
		action = audit.Activate
	case ledger.Deactivated:
		action = audit.Deactivate
	default:
		return false, "" // nothing of the kind can be done from here
	}
	for _, key := range ownKeys(action, c.Account.ID, c.Account.Email) {
		switch outcome, known := o.outcomes[key]; {
		case known && outcome == audit.Failed:
			note = "It was tried from here shortly before, and failed"
		case known:
			return true, ""
		}
	}
	return false, note
}

// ownKeys are what to find an action by. Only an invitation goes by email, since
// there is no id before it; otherwise an address may have a new owner.
func ownKeys(action audit.Action, id, email string) []ownKey {
	var keys []ownKey
	if id != "" {
		keys = append(keys, ownKey{action, id})
	}
	if email != "" && (action == audit.Invite || id == "") {
		keys = append(keys, ownKey{action, strings.ToLower(strings.TrimSpace(email))})
	}
	return keys
}
