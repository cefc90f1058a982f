package session

import (
	"context"
	"fmt"
	"time"
)

// listed is the maximum number of sessions that List returns.
const listed = 200

// Info is what users may see of their own sessions.
type Info struct {
	Ref      string    // identifies it for EndListed; can't be used to sign in
	Created  time.Time // UTC
	LastSeen time.Time // UTC, to about a minute
	Expires  time.Time // UTC, if it isn't used again
	Current  bool      // it is the one with currentID
}

// List returns the live sessions of subject, the last seen first, 200 at most.
// currentID is the id of the request's own session, or "".
func (s *Store) List(ctx context.Context, subject, currentID string) ([]Info, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	where, args := in("subject_hash", s.keys.indexes(subjectUse, subject))
	rows, err := s.db.QueryContext(ctx, fmt.Sprintf(
		`SELECT id_hash, key_id, sealed, created_at, seen_at FROM sessions WHERE %s ORDER BY seen_at DESC, id_hash LIMIT %d`, where, listed), args...)
	if err != nil {
		return nil, fmt.Errorf("session: list: %w", err)
	}
	defer func() { _ = rows.Close() }()
	current := hashed(currentID)
	var infos []Info
	for rows.Next() {
		var idHash, keyID string
		var sealed []byte
		var created, seen int64
		if err := rows.Scan(&idHash, &keyID, &sealed, &created, &seen); err != nil {
			return nil, fmt.Errorf("session: list: %w", err)
		}
		expires := s.expires(created, seen)
		if _, err := s.keys.open(idHash, keyID, sealed); err != nil || expires <= s.now() {
			continue // it is not valid for requests either
		}
		infos = append(infos, Info{
			Ref: idHash, Created: fromMilli(created), LastSeen: fromMilli(seen), Expires: fromMilli(expires), Current: idHash == current,
		})
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("session: list: %w", err)
	}
	return infos, nil
}
