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
	// compareWithin bounds what follows a read, so that a database that hangs
	// neither piles reads up nor holds up the end of the process.
	compareWithin = 20 * time.Second
	// compareAttempts is how often a comparison is made again when a replica was
	// faster.
	compareAttempts = 3
)

// Comparer compares each whole read of the users with the one before, and so
// finds out what others changed: who appeared, vanished, was activated or
// deactivated, or got another email, between which two times. It can't tell by
// whom, and writes it into the audit log as nobody's.
//
// The last read is kept in the database, so comparing goes on after a restart
// and over replicas. What was found is written in one transaction with the read
// that shows it: a crash in between neither loses nor repeats a change. A
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

// NewComparer returns a Comparer that keeps the last read in db and writes into
// log, which is in the same database. longest is the longest time from a change's
// intent until the API is surely through with it. A nil logger means
// slog.Default.
func NewComparer(db *sql.DB, log *audit.Log, longest time.Duration, logger *slog.Logger) *Comparer {
	if logger == nil {
		logger = slog.Default()
	}
	return &Comparer{db: db, log: log, longest: longest, logger: logger, record: log.RecordWith}
}

// UsersRead compares what a whole read told, which was asked for at began and was
// there at ended, with the last one, writes down what others changed, and keeps
// it instead. The first read ever is only kept. A failure is only logged: the
// next read shows the same changes.
//
// A read of exactly [directory.KeycloakPageSize] users may have been cut, and one
// of none can't be true, as the reader has an account: both are ignored. So is
// one that began before the last one ended: which of two such reads saw an
// account first, and so which way it changed, nobody can tell.
func (c *Comparer) UsersRead(ctx context.Context, users []wallaroo.User, began, ended time.Time) {
	ctx, cancel := context.WithTimeout(ctx, compareWithin)
	defer cancel()
	if err := c.compareWithLast(ctx, users, began, ended); err != nil {
		c.logger.WarnContext(ctx, "the users could not be compared with the last read", slog.Any("error", err))
	}
}

// compareWithLast compares a read with the last one. If other replicas are
// faster each time, that is left to the next read.
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

// compareOnce returns errOvertaken if another replica has replaced the last read
// in the meantime.
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
		c.logger.ErrorContext(ctx, "the last read of the users can't be read; comparing starts anew", slog.Any("error", err))
		return c.replace(ctx, last.version, newer, nil)
	}
	events, err := c.byOthers(ctx, differences(older, newer.accounts), last.began, newer.ended)
	if err != nil {
		return err
	}
	return c.replace(ctx, last.version, newer, summedUp(events))
}
