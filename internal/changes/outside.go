package changes

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

const (
	// compareWithin is the time limit of a comparison, so that a database that
	// hangs neither accumulates comparisons nor delays the shutdown.
	compareWithin = 20 * time.Second
	// compareAttempts is the maximum number of attempts when another replica
	// replaces the stored snapshot at the same time.
	compareAttempts = 3
)

// Comparer detects changes made outside this dashboard: it compares each complete
// list of users with the previous one. It writes accounts that appeared, vanished,
// were activated or deactivated, or have another email into the audit log, with
// the times between which it happened and without an actor.
//
// The previous list is stored in the database, so that comparing continues after
// a restart and across replicas. The events are written in one transaction with
// the list that shows them: a crash neither loses nor repeats a change. A
// Comparer is safe for concurrent use, also by several processes on one
// database.
type Comparer struct {
	db      *sql.DB
	log     *audit.Log
	longest time.Duration
	logger  *slog.Logger
	// record is log.RecordWith.
	record func(context.Context, []audit.Event, func(context.Context, *sql.Tx) error) error

	mu sync.Mutex // one comparison at a time, which bounds the memory they take
}

// NewComparer returns a Comparer that stores the last list in db and writes into
// log, which must use the same database. longest is the maximum time from the
// intent of a change until the API has finished it. A nil logger means
// slog.Default.
func NewComparer(db *sql.DB, log *audit.Log, longest time.Duration, logger *slog.Logger) *Comparer {
	if logger == nil {
		logger = slog.Default()
	}
	return &Comparer{db: db, log: log, longest: longest, logger: logger, record: log.RecordWith}
}

// UsersRead compares a complete list of users with the stored one, writes the
// changes made outside this dashboard into the audit log, and stores the list. The
// request for it was sent at began, and the answer was complete at ended. The very
// first list is only stored. A failure is only logged, since the next comparison
// finds the same changes.
//
// It ignores a list of exactly [directory.KeycloakPageSize] users, which may be
// truncated, and an empty one, which can't be true since the caller has an
// account. It also ignores a list that began before the stored one ended: the
// order in which the two saw an account is unknown.
func (c *Comparer) UsersRead(ctx context.Context, users []wallaroo.User, began, ended time.Time) {
	ctx, cancel := context.WithTimeout(ctx, compareWithin)
	defer cancel()
	if err := c.compareWithLast(ctx, users, began, ended); err != nil {
		c.logger.WarnContext(ctx, "the users could not be compared with the stored list", slog.Any("error", err))
	}
}

// compareWithLast is UsersRead without its time limit. It gives up without an
// error if other replicas are faster at each attempt.
func (c *Comparer) compareWithLast(ctx context.Context, users []wallaroo.User, began, ended time.Time) error {
	if len(users) == 0 || len(users) == directory.KeycloakPageSize {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	newer, err := newUsersSnapshot(users, began, ended)
	if err != nil {
		return err
	}
	for range compareAttempts {
		if err := c.compareOnce(ctx, newer); !errors.Is(err, errOvertaken) {
			return err
		}
	}
	return nil
}

// compareOnce makes one attempt. It returns errOvertaken if another replica has
// replaced the stored list since it was loaded.
func (c *Comparer) compareOnce(ctx context.Context, newer *usersSnapshot) error {
	last, err := c.load(ctx)
	switch {
	case err != nil:
		return err
	case last.version == 0:
		return c.replace(ctx, 0, newer, nil)
	case newer.began.Before(last.ended):
		return nil
	case newer.hash == last.hash:
		return c.keepTimes(ctx, last.version, newer)
	}
	packed, err := c.loadAccounts(ctx, last.version)
	if err != nil {
		return err
	}
	older, err := unpack(packed)
	if err != nil {
		c.logger.ErrorContext(ctx, "the stored list of users can't be read; comparing starts anew", slog.Any("error", err))
		return c.replace(ctx, last.version, newer, nil)
	}
	events, err := c.byOthers(ctx, differences(older, newer.accounts), last.began, newer.ended)
	if err != nil {
		return err
	}
	return c.replace(ctx, last.version, newer, summedUp(events))
}
