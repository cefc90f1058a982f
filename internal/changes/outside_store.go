package changes

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

// unpackedMost bounds the memory that packed accounts may take, in bytes.
const unpackedMost = 1 << 30

// errOvertaken means that another replica has replaced the stored list since it
// was loaded.
var errOvertaken = errors.New("another replica was faster")

// account is the part of a user that is stored and compared.
type account struct {
	ID      string        `json:"id"`    // never changes
	Email   string        `json:"email"` // "" if it has none
	Name    string        `json:"name"`  // for display; not compared
	Enabled wallaroo.Bool `json:"enabled"`
}

// usersSnapshot is one complete list: its accounts sorted by id, and as JSON.
type usersSnapshot struct {
	accounts     []account
	json         []byte
	hash         string // of json
	began, ended time.Time
}

func newUsersSnapshot(users []wallaroo.User, began, ended time.Time) (*usersSnapshot, error) {
	accounts := make([]account, len(users))
	for i := range users {
		a := directory.Account{User: users[i]}
		accounts[i] = account{a.ID, a.Email, a.Name(), a.Enabled}
	}
	slices.SortFunc(accounts, func(a, b account) int { return strings.Compare(a.ID, b.ID) })
	accounts = slices.CompactFunc(accounts, func(a, b account) bool { return a.ID == b.ID })
	text, err := json.Marshal(accounts)
	if err != nil {
		return nil, fmt.Errorf("write the accounts: %w", err)
	}
	sum := sha256.Sum256(text)
	// Times are truncated as they are stored.
	return &usersSnapshot{accounts, text, hex.EncodeToString(sum[:]), began.UTC().Truncate(time.Millisecond), ended.UTC().Truncate(time.Millisecond)}, nil
}

// pack compresses the accounts for the database.
func (s *usersSnapshot) pack() ([]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, fmt.Errorf("pack the accounts: %w", err)
	}
	return w.EncodeAll(s.json, nil), w.Close()
}

// unpack returns the accounts of what pack has made.
func unpack(packed []byte) (accounts []account, err error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(unpackedMost))
	if err != nil {
		return nil, fmt.Errorf("unpack the accounts: %w", err)
	}
	defer r.Close()
	text, err := r.DecodeAll(packed, nil)
	if err == nil {
		err = json.Unmarshal(text, &accounts)
	}
	if err != nil {
		return nil, fmt.Errorf("unpack the accounts: %w", err)
	}
	return accounts, nil
}

// lastRead is the stored list without its accounts.
type lastRead struct {
	version      int64 // counts writes, for compare-and-swap; 0 if there is none
	began, ended time.Time
	hash         string
}

func (c *Comparer) load(ctx context.Context) (last lastRead, err error) {
	var began, ended int64
	err = c.db.QueryRowContext(ctx, `SELECT version, began_at, ended_at, accounts_hash FROM users_snapshot`).
		Scan(&last.version, &began, &ended, &last.hash)
	if errors.Is(err, sql.ErrNoRows) {
		return lastRead{}, nil
	}
	last.began, last.ended = time.UnixMilli(began).UTC(), time.UnixMilli(ended).UTC()
	return last, err
}

// loadAccounts returns the packed accounts of a version, or errOvertaken.
func (c *Comparer) loadAccounts(ctx context.Context, version int64) (packed []byte, err error) {
	err = c.db.QueryRowContext(ctx, `SELECT accounts FROM users_snapshot WHERE version = $1`, version).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errOvertaken
	}
	return packed, err
}

// keepTimes updates the times of a version whose accounts are unchanged.
func (c *Comparer) keepTimes(ctx context.Context, version int64, newer *usersSnapshot) error {
	return overtakenIfNone(c.db.ExecContext(ctx, `UPDATE users_snapshot SET version = version + 1, began_at = $1, ended_at = $2 WHERE version = $3`,
		newer.began.UnixMilli(), newer.ended.UnixMilli(), version))
}

// replace stores a list in place of a version, 0 if there is none yet, and writes
// the events in the same transaction.
func (c *Comparer) replace(ctx context.Context, version int64, newer *usersSnapshot, events []audit.Event) error {
	packed, err := newer.pack() // before the transaction, which others wait for
	if err != nil {
		return err
	}
	return c.record(ctx, events, func(ctx context.Context, tx *sql.Tx) error {
		return overtakenIfNone(tx.ExecContext(ctx, `INSERT INTO users_snapshot AS kept (id, version, began_at, ended_at, accounts_hash, accounts)
			VALUES (1, 1, $1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET version = kept.version + 1, began_at = excluded.began_at,
			ended_at = excluded.ended_at, accounts_hash = excluded.accounts_hash, accounts = excluded.accounts WHERE kept.version = $5`,
			newer.began.UnixMilli(), newer.ended.UnixMilli(), newer.hash, packed, version))
	})
}

// Prune deletes the stored list if it ended before a time, since it holds names
// and addresses. The next list is then only stored, like the very first.
func (c *Comparer) Prune(ctx context.Context, before time.Time) error {
	_, err := c.db.ExecContext(ctx, `DELETE FROM users_snapshot WHERE ended_at < $1`, before.UnixMilli())
	return err
}

// overtakenIfNone returns errOvertaken for a statement that changed no row.
func overtakenIfNone(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); n > 0 || err != nil {
		return err
	}
	return errOvertaken
}
