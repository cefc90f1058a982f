package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Lease acquires or extends the lease to refresh the tokens of session id, for
// owner, a unique name: with rotating refresh tokens, two concurrent refreshes
// would make the provider revoke them all. ok is true if the lease was free, if
// owner holds it already, or if stuck is not empty and the holder's current mark.
//
// Each successful call changes the mark, as a heartbeat. A waiting caller polls,
// and passes a mark as stuck once it has been unchanged for so long that the
// holder must be dead. So no clocks are compared, of replicas or the database. If
// ok is false, mark is the holder's; it is empty if the lease is free meanwhile or
// the session has ended. The error is the database's.
func (s *Store) Lease(ctx context.Context, id, owner, stuck string) (mark string, ok bool, err error) {
	const markOf = `lease_owner || '/' || CAST(lease_beat AS TEXT)`
	idHash := hashed(id)
	n, err := s.exec(ctx, "lease",
		`UPDATE sessions SET lease_owner = $1, lease_beat = lease_beat + 1
		 WHERE id_hash = $2 AND (lease_owner IN ('', $1) OR `+markOf+` = $3)`, owner, idHash, stuck)
	if err != nil || n > 0 {
		return "", n > 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	err = s.db.QueryRowContext(ctx, `SELECT `+markOf+` FROM sessions WHERE id_hash = $1 AND lease_owner <> ''`, idHash).Scan(&mark)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", false, fmt.Errorf("session: lease: %w", err)
	}
	return mark, false, nil
}

// Release releases owner's lease. It is no error if owner doesn't hold it.
func (s *Store) Release(ctx context.Context, id, owner string) error {
	_, err := s.exec(ctx, "release", `UPDATE sessions SET lease_owner = '' WHERE id_hash = $1 AND lease_owner = $2`, hashed(id), owner)
	return err
}

// UseOnce reports whether key is used for the first time, across all replicas, and
// stores it until the given time: for example the jti of a logout token until its
// exp, or the one-time key of a form. Keys of different kinds need prefixes.
func (s *Store) UseOnce(ctx context.Context, key string, until time.Time) (first bool, err error) {
	n, err := s.exec(ctx, "use once",
		`INSERT INTO used_keys (key_hash, expires_at) VALUES ($1, $2)
		 ON CONFLICT (key_hash) DO UPDATE SET expires_at = excluded.expires_at WHERE used_keys.expires_at <= $3`,
		hashed(key), until.UnixMilli(), s.now())
	return n > 0, err
}

// Used reports whether UseOnce has stored key, without using it.
func (s *Store) Used(ctx context.Context, key string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM used_keys WHERE key_hash = $1 AND expires_at > $2`, hashed(key), s.now()).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("session: used: %w", err)
	}
	return n > 0, nil
}

// Prune deletes expired sessions and used keys, in batches so that locks
// are short, and returns the number of sessions. What is left after a bounded
// number of batches is for the next call.
func (s *Store) Prune(ctx context.Context) (int, error) {
	now := s.now()
	if _, err := s.batches(ctx, `DELETE FROM used_keys WHERE key_hash IN
		(SELECT key_hash FROM used_keys WHERE expires_at <= $1 LIMIT $2)`, now); err != nil {
		return 0, err
	}
	// Lifetimes shortened in the settings apply to old rows too.
	return s.batches(ctx, `DELETE FROM sessions WHERE id_hash IN
		(SELECT id_hash FROM sessions WHERE expires_at <= $1 OR created_at <= $3 OR seen_at <= $4 LIMIT $2)`,
		now, now-s.opts.Max.Milliseconds(), now-s.opts.Idle.Milliseconds())
}

// batches repeats a deletion, whose $2 is the batch size, until a batch is not
// full, and returns the number of deleted rows.
func (s *Store) batches(ctx context.Context, query string, before int64, more ...any) (total int, err error) {
	args := append([]any{before, pruneBatch}, more...)
	for range pruneBatches {
		n, err := s.exec(ctx, "prune", query, args...)
		total += n
		if err != nil || n < pruneBatch {
			return total, err
		}
	}
	return total, nil
}
