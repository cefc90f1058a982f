// Package ledger compares each whole read of the users with the one before, and
// so finds out what others changed: who appeared, vanished, was activated or
// deactivated, or got another email, between which two times. It can't tell by
// whom.
//
// The last read is kept in the database, so comparing goes on after a restart
// and over replicas. What a comparison found is stored in one step with the read
// it came from, and then handed to [Options.Record] until that has taken it: a
// crash in between loses nothing, and by [Change.Key] doubles nothing.
package ledger

import (
	"context"
	"database/sql"
	"log/slog"
	"sync"
	"time"
)

// Account is what is compared, and kept, of one user.
type Account struct {
	ID      string // never changes; what tells accounts apart
	Email   string // "" if it has none
	Name    string // for people; another name is no change
	Enabled bool
}

// Kind is a kind of change.
type Kind string

// The kinds of change.
const (
	Appeared     Kind = "appeared"
	Vanished     Kind = "vanished"
	Activated    Kind = "activated"
	Deactivated  Kind = "deactivated"
	EmailChanged Kind = "email-changed"
)

// Change is what happened to one account, or how many accounts it happened to.
type Change struct {
	// Key names this change and no other, also after a restart.
	Key  string
	Kind Kind
	// Account is as the newer read has it, or for Vanished as the older one had
	// it. It is empty if Count is more than 1.
	Account Account
	// OldEmail is the address before, for EmailChanged.
	OldEmail string
	// Since and Until: it happened after the older read began and before the
	// newer one ended. A read takes its time, and an account may be changed after
	// the read has passed it.
	Since, Until time.Time
	// Count is the number of accounts; more than 1 for one Change that sums up
	// what would be too many.
	Count int
	// Note is what Options.Own had to say about it.
	Note string
}

// Judge tells whether a change was made by us. If it was not, note is what else
// there is to say, such as that we tried; it may be empty.
type Judge func(Change) (ours bool, note string)

// Options say what a Ledger works with.
type Options struct {
	// Record writes a change down. It may be called again for a Change.Key that
	// it has written down already, also at once by another replica, and must then
	// do nothing. An error means that it will be asked again. It is required.
	Record func(context.Context, Change) error
	// Own looks up what we changed ourselves between two times, once for each
	// comparison that found something. Nil: nothing.
	Own func(ctx context.Context, since, until time.Time) (Judge, error)
	// Logger takes what is worth knowing; nil: slog.Default().
	Logger *slog.Logger
}

const (
	// cutAt is where Keycloak's own lists stop by default: exactly so many users
	// may mean that there are more.
	cutAt = 100
	// attempts is how often a comparison is made again when a replica was faster.
	attempts = 3
)

// Ledger compares reads. It is safe for concurrent use, also by several
// processes on one database.
type Ledger struct {
	db     *sql.DB
	record func(context.Context, Change) error
	own    func(ctx context.Context, since, until time.Time) (Judge, error)
	log    *slog.Logger

	mu sync.Mutex // one comparison at a time, which bounds the memory they take
}

// New returns a ledger over db, which has the tables ledger_state and
// ledger_accounts.
func New(db *sql.DB, o Options) *Ledger {
	if o.Own == nil {
		o.Own = func(context.Context, time.Time, time.Time) (Judge, error) {
			return func(Change) (bool, string) { return false, "" }, nil
		}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Ledger{db: db, record: o.Record, own: o.Own, log: o.Logger}
}

// Observe compares what a whole read told, which was asked for at began and was
// there at ended, with the last one, has the changes recorded, and keeps it
// instead. The first read ever is only kept.
//
// A read of exactly 100 users may have been cut, and one of none can't be true,
// as the reader has an account: both are ignored. So is one that began before
// the last one ended: which of two such reads saw an account first, and so which
// way it changed, nobody can tell.
//
// The error is the database's, or that of Options.Record or Options.Own; the
// next read then finds the same changes, or records those found now.
func (l *Ledger) Observe(ctx context.Context, accounts []Account, began, ended time.Time) error {
	if len(accounts) == 0 || len(accounts) == cutAt {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := newReading(accounts, began, ended)
	for range attempts {
		done, err := l.observe(ctx, seen)
		if done || err != nil {
			return err
		}
	}
	l.log.DebugContext(ctx, "others were faster each time; the next read is compared")
	return nil
}

// observe makes one attempt. It is not done if somebody else has changed the
// state in the meantime.
func (l *Ledger) observe(ctx context.Context, seen *reading) (done bool, err error) {
	last, err := l.load(ctx)
	if err != nil {
		return false, err
	}
	if last == nil {
		return l.start(ctx, seen)
	}
	if len(last.pending) > 0 {
		// Whoever found these may have died before they were recorded.
		if done, err := l.deliver(ctx, last.version, last.pending); !done || err != nil {
			return false, err
		}
		last.version++
	}
	switch {
	case seen.began.Before(last.ended):
		return true, nil
	case seen.hash == last.hash:
		return l.touch(ctx, last.version, seen)
	default:
		return l.compare(ctx, last, seen)
	}
}

// compare finds out what has changed, stores it with the new state, and has it
// recorded.
func (l *Ledger) compare(ctx context.Context, last *state, seen *reading) (done bool, err error) {
	packed, found, err := l.loadAccounts(ctx, last.version)
	if !found || err != nil {
		return false, err
	}
	before, err := unpack(packed)
	if err != nil {
		l.log.ErrorContext(ctx, "the last read of the users can't be read; comparing starts anew", slog.Any("error", err))
		return l.swap(ctx, last.version, seen, nil)
	}
	changes, err := l.foreign(ctx, diff(before, seen.accounts), last.began, seen.ended)
	if err != nil {
		return false, err
	}
	pending := summedUp(changes)
	if done, err := l.swap(ctx, last.version, seen, pending); !done || err != nil || len(pending) == 0 {
		return done, err
	}
	_, err = l.deliver(ctx, last.version+1, pending)
	return true, err
}

// deliver has changes recorded, and forgets them once they are. It is not done
// if somebody else did so first.
func (l *Ledger) deliver(ctx context.Context, version int64, pending []Change) (done bool, err error) {
	for _, c := range pending {
		if err := l.record(ctx, c); err != nil {
			return false, err
		}
	}
	return l.settle(ctx, version)
}
