package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"

	"github.com/klauspost/compress/zstd"
)

var errOldAccounts = errors.New("not a packed list of accounts")

// moveAccounts moves the last snapshot of the users from ledger_state and
// ledger_accounts to users_snapshot. A snapshot that can't be decoded is dropped:
// comparison then starts with the next read.
func moveAccounts(ctx context.Context, tx *sql.Tx) error {
	var began, ended int64
	var old []byte
	err := tx.QueryRowContext(ctx, `SELECT began_at, ended_at, accounts FROM ledger_state s JOIN ledger_accounts a ON a.id = s.id`).Scan(&began, &ended, &old)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if packed, err := repacked(old); err == nil {
		// With an empty hash the next read is always compared.
		_, err := tx.ExecContext(ctx, `INSERT INTO users_snapshot VALUES (1, 1, $1, $2, '', $3)`, began, ended, packed)
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM ledger_accounts`)
	return err
}

// repacked converts accounts from the format of ledger_accounts, compressed
// length-prefixed strings, to compressed JSON.
func repacked(old []byte) ([]byte, error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := r.DecodeAll(old, nil)
	if err != nil {
		return nil, err
	}
	accounts, err := oldAccounts(text)
	if err != nil {
		return nil, err
	}
	if text, err = json.Marshal(accounts); err != nil {
		return nil, err
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return w.EncodeAll(text, nil), w.Close()
}

// snapshotAccount is an account in users_snapshot.
type snapshotAccount struct {
	ID      string `json:"id"`
	Email   string `json:"email"`
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
}

// oldAccounts decodes the decompressed format of ledger_accounts: a line that names
// the format, then for each account id, email and name, each prefixed with its
// length as a varint, and a byte that is 1 if it is active. The error is
// errOldAccounts.
func oldAccounts(text []byte) (accounts []snapshotAccount, err error) {
	rest, known := bytes.CutPrefix(text, []byte("accounts 1\n"))
	if !known {
		return nil, errOldAccounts
	}
	for len(rest) > 0 {
		var a snapshotAccount
		for _, field := range []*string{&a.ID, &a.Email, &a.Name} {
			length, n := binary.Uvarint(rest)
			if n <= 0 || length > uint64(len(rest)-n) { //nolint:gosec // n is at most the length of rest
				return nil, errOldAccounts
			}
			rest = rest[n:]
			*field, rest = string(rest[:length]), rest[length:]
		}
		if len(rest) == 0 || rest[0] > 1 {
			return nil, errOldAccounts
		}
		a.Enabled, rest = rest[0] == 1, rest[1:]
		accounts = append(accounts, a)
	}
	return accounts, nil
}
