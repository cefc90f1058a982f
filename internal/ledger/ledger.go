// Package ledger compares each whole read of the users with the one before, and
// so finds out what others changed: who appeared, vanished, was activated or
// deactivated, or got another email, between which two times. It can't tell by
// whom.
//
// The last read is kept in the database, so comparing goes on after a restart
// and over replicas. What a comparison found is recorded in one transaction with
// the read it came from: a crash in between loses nothing and doubles nothing.
package ledger

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Account is what is compared, and kept, of one user.
type Account struct {
	ID      string `json:"id"`    // never changes; what tells accounts apart
	Email   string `json:"email"` // "" if it has none
	Name    string `json:"name"`  // for people; another name is no change
	Enabled bool   `json:"enabled"`
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

// Write writes something in a transaction of somebody else's.
type Write = func(context.Context, *sql.Tx) error

// Options say what a Ledger works with.
type Options struct {
	// Record writes changes down, maybe none, together with what write does in
	// the same transaction: both or neither. It returns an error of write as it
	// is. It is required.
	Record func(ctx context.Context, changes []Change, write Write) error
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
	record func(context.Context, []Change, Write) error
	own    func(ctx context.Context, since, until time.Time) (Judge, error)
	log    *slog.Logger

	mu sync.Mutex // one comparison at a time, which bounds the memory they take
}

// New returns a ledger over db, which has the table users_snapshot.
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
// next read then finds the same changes.
func (l *Ledger) Observe(ctx context.Context, accounts []Account, began, ended time.Time) error {
	if len(accounts) == 0 || len(accounts) == cutAt {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	seen, err := newSnapshot(accounts, began, ended)
	if err != nil {
		return err
	}
	for range attempts {
		if err := l.observe(ctx, seen); !errors.Is(err, errOvertaken) {
			return err
		}
	}
	l.log.DebugContext(ctx, "others were faster each time; the next read is compared")
	return nil
}

// observe makes one attempt. It returns errOvertaken if somebody else has
// changed the state in the meantime.
func (l *Ledger) observe(ctx context.Context, seen *snapshot) error {
	last, err := l.load(ctx)
	switch {
	case err != nil:
		return err
	case last == nil:
		return l.start(ctx, seen)
	case seen.began.Before(last.ended):
		return nil
	case seen.hash == last.hash:
		return l.touch(ctx, last.version, seen)
	default:
		return l.compare(ctx, last, seen)
	}
}

// compare finds out what has changed, and has it recorded with the new state.
func (l *Ledger) compare(ctx context.Context, last *state, seen *snapshot) error {
	packed, err := l.loadAccounts(ctx, last.version)
	if err != nil {
		return err
	}
	before, err := unpack(packed)
	if err != nil {
		l.log.ErrorContext(ctx, "the last read of the users can't be read; comparing starts anew", slog.Any("error", err))
		return l.replace(ctx, last.version, seen, nil)
	}
	changes, err := l.foreign(ctx, diff(before, seen.accounts), last.began, seen.ended)
	if err != nil {
		return err
	}
	return l.replace(ctx, last.version, seen, summedUp(changes))
}
