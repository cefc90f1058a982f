package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// state is what the database has of the last whole read, but for its accounts.
type state struct {
	version      int64
	began, ended time.Time
	hash         string
}

// errOvertaken: somebody else has written the state since it was loaded.
var errOvertaken = errors.New("ledger: overtaken by another read")

// load returns the state, nil if there is none yet.
func (l *Ledger) load(ctx context.Context) (*state, error) {
	var s state
	var began, ended int64
	err := l.db.QueryRowContext(ctx, `SELECT version, began_at, ended_at, accounts_hash FROM users_snapshot`).
		Scan(&s.version, &began, &ended, &s.hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // no state is a state that the caller knows
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: read: %w", err)
	}
	s.began, s.ended = time.UnixMilli(began).UTC(), time.UnixMilli(ended).UTC()
	return &s, nil
}

// loadAccounts returns the packed accounts of a state, or errOvertaken.
func (l *Ledger) loadAccounts(ctx context.Context, version int64) (packed []byte, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT accounts FROM users_snapshot WHERE version = $1`, version).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errOvertaken
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: read the accounts: %w", err)
	}
	return packed, nil
}

// start keeps the first read, or returns errOvertaken.
func (l *Ledger) start(ctx context.Context, seen *snapshot) error {
	packed, err := seen.pack()
	if err != nil {
		return err
	}
	return changesARow(l.db.ExecContext(ctx, `INSERT INTO users_snapshot (id, version, began_at, ended_at, accounts_hash, accounts)
		VALUES (1, 1, $1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`, seen.began.UnixMilli(), seen.ended.UnixMilli(), seen.hash, packed))
}

// touch notes that a read found everything as it was, or returns errOvertaken.
func (l *Ledger) touch(ctx context.Context, version int64, seen *snapshot) error {
	return changesARow(l.db.ExecContext(ctx, `UPDATE users_snapshot SET version = version + 1, began_at = $1, ended_at = $2
		WHERE version = $3`, seen.began.UnixMilli(), seen.ended.UnixMilli(), version))
}

// replace keeps a read in place of the last one and has the changes in between
// recorded, both or neither. It returns errOvertaken, or what Options.Record
// does.
func (l *Ledger) replace(ctx context.Context, version int64, seen *snapshot, changes []Change) error {
	packed, err := seen.pack() // before the transaction, which others wait for
	if err != nil {
		return err
	}
	return l.record(ctx, changes, func(ctx context.Context, tx *sql.Tx) error {
		return changesARow(tx.ExecContext(ctx, `UPDATE users_snapshot
			SET version = version + 1, began_at = $1, ended_at = $2, accounts_hash = $3, accounts = $4 WHERE version = $5`,
			seen.began.UnixMilli(), seen.ended.UnixMilli(), seen.hash, packed, version))
	})
}

// Prune forgets the last read if it ended before a time, for it holds names and
// addresses. The next read is then like the first.
func (l *Ledger) Prune(ctx context.Context, before time.Time) error {
	_, err := l.db.ExecContext(ctx, `DELETE FROM users_snapshot WHERE ended_at < $1`, before.UnixMilli())
	if err != nil {
		return fmt.Errorf("ledger: prune: %w", err)
	}
	return nil
}

// changesARow returns errOvertaken for a statement that changed none.
func changesARow(result sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("ledger: write: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("ledger: write: %w", err)
	}
	if n == 0 {
		return errOvertaken
	}
	return nil
}
