package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// state is what the database has of the last whole read.
type state struct {
	version      int64
	began, ended time.Time
	hash         string
	pending      []Change
}

// load gives the state, nil if there is none yet.
func (l *Ledger) load(ctx context.Context) (*state, error) {
	var s state
	var began, ended int64
	var pending []byte
	err := l.db.QueryRowContext(ctx, `SELECT version, began_at, ended_at, accounts_hash, pending FROM ledger_state WHERE id = 1`).
		Scan(&s.version, &began, &ended, &s.hash, &pending)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // no state is a state that the caller knows
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: read: %w", err)
	}
	s.began, s.ended = time.UnixMilli(began).UTC(), time.UnixMilli(ended).UTC()
	if len(pending) > 0 {
		if err := json.Unmarshal(pending, &s.pending); err != nil {
			return nil, fmt.Errorf("ledger: read what is pending: %w", err)
		}
	}
	return &s, nil
}

// loadAccounts gives the packed accounts, unless the state has changed since.
func (l *Ledger) loadAccounts(ctx context.Context, version int64) (packed []byte, found bool, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT a.accounts FROM ledger_state s LEFT JOIN ledger_accounts a ON a.id = s.id
		WHERE s.id = 1 AND s.version = $1`, version).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("ledger: read the accounts: %w", err)
	}
	return packed, true, nil
}

// touch notes that a read found everything as it was.
func (l *Ledger) touch(ctx context.Context, version int64, seen *reading) (done bool, err error) {
	return one(l.db.ExecContext(ctx, `UPDATE ledger_state SET version = version + 1, began_at = $1, ended_at = $2
		WHERE id = 1 AND version = $3`, seen.began.UnixMilli(), seen.ended.UnixMilli(), version))
}

// settle forgets the pending changes.
func (l *Ledger) settle(ctx context.Context, version int64) (done bool, err error) {
	return one(l.db.ExecContext(ctx, `UPDATE ledger_state SET version = version + 1, pending = NULL
		WHERE id = 1 AND version = $1`, version))
}

// start keeps the first read.
func (l *Ledger) start(ctx context.Context, seen *reading) (done bool, err error) {
	return l.keep(ctx, seen, `INSERT INTO ledger_state (id, version, began_at, ended_at, accounts_hash) VALUES (1, 1, $1, $2, $3)
		ON CONFLICT (id) DO NOTHING`, seen.began.UnixMilli(), seen.ended.UnixMilli(), seen.hash)
}

// swap keeps a read in place of the last one, together with what has changed
// in between.
func (l *Ledger) swap(ctx context.Context, version int64, seen *reading, changes []Change) (done bool, err error) {
	var pending any
	if len(changes) > 0 {
		if pending, err = json.Marshal(changes); err != nil {
			return false, fmt.Errorf("ledger: write what is pending: %w", err)
		}
	}
	return l.keep(ctx, seen, `UPDATE ledger_state SET version = version + 1, began_at = $1, ended_at = $2, accounts_hash = $3, pending = $4
		WHERE id = 1 AND version = $5`, seen.began.UnixMilli(), seen.ended.UnixMilli(), seen.hash, pending, version)
}

// keep writes the state by a statement that changes no row if somebody else was
// faster, and the accounts with it.
func (l *Ledger) keep(ctx context.Context, seen *reading, statement string, args ...any) (done bool, err error) {
	packed, err := pack(seen.plain) // before the transaction, which others wait for
	if err != nil {
		return false, err
	}
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("ledger: write: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if done, err := one(tx.ExecContext(ctx, statement, args...)); !done || err != nil {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO ledger_accounts (id, accounts) VALUES (1, $1)
		ON CONFLICT (id) DO UPDATE SET accounts = excluded.accounts`, packed)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return false, fmt.Errorf("ledger: write the accounts: %w", err)
	}
	return true, nil
}

// Prune forgets the last read if it ended before a time, for it holds names and
// addresses. The next read is then like the first.
func (l *Ledger) Prune(ctx context.Context, before time.Time) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("ledger: prune: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	gone, err := one(tx.ExecContext(ctx, `DELETE FROM ledger_state WHERE ended_at < $1`, before.UnixMilli()))
	if !gone || err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM ledger_accounts`); err != nil {
		return fmt.Errorf("ledger: prune: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("ledger: prune: %w", err)
	}
	return nil
}

// one tells whether a statement changed its row.
func one(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, fmt.Errorf("ledger: write: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("ledger: write: %w", err)
	}
	return n > 0, nil
}
