package session

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// releaseWithin bounds how long giving a lease back may take.
const releaseWithin = 5 * time.Second

// Lease takes the right to refresh the tokens of the session of this id, for d
// at most: with rotating refresh tokens a second refresh at the same time would
// make the provider revoke them all. ok is false if somebody else has the
// right, or the session has ended. Call release when done, also after the
// request is over; without it the right lapses after d. The clocks of replicas
// may differ by some part of d.
func (s *Store) Lease(ctx context.Context, id string, d time.Duration) (release func(), ok bool, err error) {
	idHash, owner, now := hashed(id), uuid.NewString(), s.now()
	n, err := s.exec(ctx, "lease",
		`UPDATE sessions SET lease_owner = $1, lease_until = $2 WHERE id_hash = $3 AND lease_until <= $4`,
		owner, now+d.Milliseconds(), idHash, now)
	if err != nil || n == 0 {
		return func() {}, false, err
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseWithin)
		defer cancel()
		// By owner: the lease may have lapsed and be somebody else's by now.
		if _, err := s.exec(ctx, "release", `UPDATE sessions SET lease_owner = '', lease_until = 0 WHERE id_hash = $1 AND lease_owner = $2`, idHash, owner); err != nil {
			s.opts.Logger.WarnContext(ctx, "can't give back the right to refresh, so it has to lapse", "err", err)
		}
	}, true, nil
}

// UseOnce tells whether key is used for the first time, over all replicas, and
// remembers it until the given time: the jti of a logout token until that
// expires, the one-time key of a form. Keys of different kinds want a prefix.
func (s *Store) UseOnce(ctx context.Context, key string, until time.Time) (first bool, err error) {
	n, err := s.exec(ctx, "use once",
		`INSERT INTO used_keys (key_hash, expires_at) VALUES ($1, $2)
		 ON CONFLICT (key_hash) DO UPDATE SET expires_at = excluded.expires_at WHERE used_keys.expires_at <= $3`,
		hashed(key), until.UnixMilli(), s.now())
	return n > 0, err
}

// Prune deletes expired sessions and used keys, in batches so that nobody waits
// long, and returns how many sessions. What is left after a bounded number of
// batches is for the next call.
func (s *Store) Prune(ctx context.Context) (int, error) {
	now := s.now()
	if _, err := s.batches(ctx, `DELETE FROM used_keys WHERE key_hash IN
		(SELECT key_hash FROM used_keys WHERE expires_at <= $1 LIMIT $2)`, now); err != nil {
		return 0, err
	}
	// Lifetimes that were shortened in the settings count for old rows too.
	return s.batches(ctx, `DELETE FROM sessions WHERE id_hash IN
		(SELECT id_hash FROM sessions WHERE expires_at <= $1 OR created_at <= $3 OR seen_at <= $4 LIMIT $2)`,
		now, now-s.opts.Max.Milliseconds(), now-s.opts.Idle.Milliseconds())
}

// batches repeats a deletion, whose $2 is the size of a batch, until a batch is
// not full.
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
