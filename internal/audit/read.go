package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// columns are those of an event as it is read, in the order of scan.
const columns = `id, at, settled_at, actor_issuer, actor_subject, actor_name, actor_email, action,
	target_id, target_email, target_name, outcome, detail, note, request_id, old_value, new_value, since_at, until_at, accounts`

// MaxChanges is how many events ChangesSince and Unsettled return at the most.
const MaxChanges = 500

// Get returns the event of an id, or [ErrNotFound].
func (l *Log) Get(ctx context.Context, id string) (Event, error) {
	return l.one(ctx, `SELECT `+columns+` FROM audit_events WHERE id = $1`, clean(id, maxID))
}

// ByOnceKey returns the event that was written with this OnceKey, or
// [ErrNotFound].
func (l *Log) ByOnceKey(ctx context.Context, key string) (Event, error) {
	if key == "" {
		return Event{}, ErrNotFound
	}
	return l.one(ctx, `SELECT `+columns+` FROM audit_events WHERE once_hash = $1`, onceHash(key))
}

const changesSince = `SELECT ` + columns + ` FROM audit_events
	WHERE at >= $1 AND settled_at >= $2 AND action IN ('invite', 'activate', 'deactivate')
	AND outcome IN ('done', 'unknown', 'failed') AND target_id <> '' ORDER BY settled_at, id LIMIT $3`

// ChangesSince returns the changes of accounts (invitations, activations,
// deactivations) whose outcome was written down at since or later and which may
// have been done, on whatever replica, the oldest first, [MaxChanges] at most.
func (l *Log) ChangesSince(ctx context.Context, since time.Time) ([]Event, error) {
	return all(ctx, func(ctx context.Context) (*sql.Rows, error) {
		return l.changes.QueryContext(ctx, since.Add(-l.longest).UnixMilli(), since.UnixMilli(), MaxChanges)
	})
}

// Unsettled returns the events that have been open for longer than olderThan,
// the oldest first, [MaxChanges] at most: intents whose server died before their
// outcome, and what timed out. Give olderThan the longest time that a change
// takes, so that no change under way is among them.
func (l *Log) Unsettled(ctx context.Context, olderThan time.Duration) ([]Event, error) {
	return l.many(ctx, `SELECT `+columns+` FROM audit_events WHERE outcome IN ('intended', 'unknown') AND at < $1
		ORDER BY at, id LIMIT $2`, l.now().Add(-olderThan).UnixMilli(), MaxChanges)
}

// Settle asks find for the truth about each event that [Log.Unsettled] returns,
// and writes it down; it returns how many it settled. find says what happened,
// by a look at the directory, or Unknown if even that can't tell. It stops at
// the first error of find or the database. One that somebody else settled
// meanwhile is left as it is. What it wrote gives way to [Log.Outcome].
func (l *Log) Settle(ctx context.Context, olderThan time.Duration, find func(context.Context, Event) (Outcome, string, error)) (int, error) {
	open, err := l.Unsettled(ctx, olderThan)
	if err != nil {
		return 0, err
	}
	settled := 0
	for _, e := range open {
		outcome, detail, err := find(ctx, e)
		if err != nil {
			return settled, err
		}
		if outcome.IsOpen() {
			continue
		}
		switch err := l.conclude(ctx, e.ID, outcome, detail, Target{}, foundLater); {
		case err == nil:
			settled++
		case !errors.Is(err, ErrSettled) && !errors.Is(err, ErrNotFound):
			return settled, err
		}
	}
	return settled, nil
}

// Prune deletes the events from before a time, in batches so that nobody waits
// long, and returns how many. What is left after a bounded number of batches is
// for the next call.
func (l *Log) Prune(ctx context.Context, before time.Time) (total int, err error) {
	const batch, batches = 500, 200
	for range batches {
		result, err := l.db.ExecContext(ctx, `DELETE FROM audit_events WHERE id IN
			(SELECT id FROM audit_events WHERE at < $1 ORDER BY at LIMIT $2)`, before.UnixMilli(), batch)
		if err != nil {
			return total, fmt.Errorf("audit: prune: %w", err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return total, fmt.Errorf("audit: prune: %w", err)
		}
		total += int(n)
		if n < batch {
			break
		}
	}
	return total, nil
}

func (l *Log) one(ctx context.Context, query string, args ...any) (Event, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	e, err := scan(l.db.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return Event{}, ErrNotFound
	}
	if err != nil {
		return Event{}, fmt.Errorf("audit: read: %w", err)
	}
	return e, nil
}

func (l *Log) many(ctx context.Context, query string, args ...any) ([]Event, error) {
	return all(ctx, func(ctx context.Context) (*sql.Rows, error) { return l.db.QueryContext(ctx, query, args...) })
}

// all reads the events that a query finds.
func all(ctx context.Context, query func(context.Context) (*sql.Rows, error)) ([]Event, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	rows, err := query(ctx)
	if err != nil {
		return nil, fmt.Errorf("audit: read: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var events []Event
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("audit: read: %w", err)
		}
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("audit: read: %w", err)
	}
	return events, nil
}

func scan(row interface{ Scan(dest ...any) error }) (Event, error) {
	var e Event
	var at int64
	var settled, since, until sql.NullInt64
	err := row.Scan(&e.ID, &at, &settled, &e.Actor.Issuer, &e.Actor.Subject, &e.Actor.Name, &e.Actor.Email, &e.Action,
		&e.Target.ID, &e.Target.Email, &e.Target.Name, &e.Outcome, &e.Detail, &e.Note, &e.RequestID,
		&e.Old, &e.New, &since, &until, &e.Observed.Accounts)
	e.Time = time.UnixMilli(at).UTC()
	e.Settled, e.Observed.Since, e.Observed.Until = instant(settled), instant(since), instant(until)
	return e, err
}

// instant returns a time that the database has as [milliseconds].
func instant(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}
