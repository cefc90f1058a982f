package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/gorilla/sessions"
)

// row is a stored session with its values decrypted.
type row struct {
	id, idHash             string
	values                 map[string]string
	version, created, seen int64
}

// queryTimeout bounds each query, so that a hanging database is an error.
const queryTimeout = 15 * time.Second

const readRow = `SELECT key_id, sealed, version, created_at, seen_at FROM sessions WHERE id_hash = $1`

// load reads the session with this id. found is false if it has ended, expired, or
// can't be decrypted; the error is the database's.
func (s *Store) load(ctx context.Context, id string) (r row, found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	r = row{id: id, idHash: hashed(id)}
	var keyID string
	var sealed []byte
	err = s.read.QueryRowContext(ctx, r.idHash).Scan(&keyID, &sealed, &r.version, &r.created, &r.seen)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, false, nil
	}
	if err != nil {
		return row{}, false, fmt.Errorf("session: read: %w", err)
	}
	// The configured lifetimes may be shorter than when it was written.
	if s.expires(r.created, r.seen) <= s.now() {
		return row{}, false, nil
	}
	if r.values, err = s.keys.open(r.idHash, keyID, sealed); err != nil {
		s.opts.Logger.WarnContext(ctx, "a session could not be decrypted, so its user has to sign in again", "error", err)
		return row{}, false, nil
	}
	return r, true, nil
}

// touch updates the session's last use, at most every touchIn. A failure is only
// logged.
func (s *Store) touch(ctx context.Context, r row) {
	now := s.now()
	if now-r.seen < s.touchIn.Milliseconds() {
		return
	}
	_, err := s.exec(ctx, "touch", `UPDATE sessions SET seen_at = $1, expires_at = $2 WHERE id_hash = $3 AND seen_at < $1`,
		now, s.expires(r.created, now), r.idHash)
	if err != nil && ctx.Err() == nil {
		s.opts.Logger.WarnContext(ctx, "could not record the last use of a session", "error", err)
	}
}

// sealedRow has the columns that depend on a session's values.
type sealedRow struct {
	keyID                    string
	sealed                   []byte
	subject, providerSession sql.NullString
}

func (s *Store) sealValues(idHash string, session *sessions.Session) (out sealedRow, err error) {
	values, err := plain(session.Values)
	if err != nil {
		return out, err
	}
	first := func(use, value string) sql.NullString {
		if indexes := s.keys.indexes(use, value); len(indexes) > 0 {
			return sql.NullString{String: indexes[0], Valid: true}
		}
		return sql.NullString{}
	}
	out.subject = first(subjectUse, values[s.opts.SubjectKey])
	out.providerSession = first(providerUse, values[s.opts.ProviderSessionKey])
	out.keyID, out.sealed, err = s.keys.seal(idHash, values)
	return out, err
}

// insert writes a new session under a new id, and ends the oldest of its
// subject if there are too many.
func (s *Store) insert(ctx context.Context, session *sessions.Session) error {
	id, now := newID(), s.now()
	idHash := hashed(id)
	sealed, err := s.sealValues(idHash, session)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("session: write: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err = tx.ExecContext(ctx,
		`INSERT INTO sessions (id_hash, key_id, sealed, subject_hash, provider_session_hash, version, created_at, seen_at, expires_at)
		 VALUES ($1, $2, $3, $4, $5, 1, $6, $6, $7)`,
		idHash, sealed.keyID, sealed.sealed, sealed.subject, sealed.providerSession, now, s.expires(now, now)); err != nil {
		return fmt.Errorf("session: write: %w", err)
	}
	if sealed.subject.Valid {
		if _, err = tx.ExecContext(ctx,
			`DELETE FROM sessions WHERE subject_hash = $1 AND id_hash <> $2 AND id_hash NOT IN
			 (SELECT id_hash FROM sessions WHERE subject_hash = $1 AND id_hash <> $2 ORDER BY created_at DESC, id_hash LIMIT $3)`,
			sealed.subject, idHash, s.opts.MaxPerSubject-1); err != nil {
			return fmt.Errorf("session: make room: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("session: write: %w", err)
	}
	session.ID, session.IsNew = id, false
	if session.Values == nil {
		session.Values = make(map[any]any, 1)
	}
	session.Values[stateKey{}] = state{id: id, version: 1}
	return nil
}

// Reload replaces the session's values by what is stored now: another request
// or replica may have renewed them. found is false, and the session as it was,
// if it has ended; err is the database's.
func (s *Store) Reload(ctx context.Context, session *sessions.Session) (found bool, err error) {
	r, found, err := s.load(ctx, session.ID)
	if err != nil || !found {
		return false, err
	}
	fill(session, r)
	return true, nil
}

// Replace writes the session's values unless they have been written since they
// were read, and sets no cookie. stored is false if they have, or the session has
// ended; Reload tells which. It fails with [ErrNotLoaded],
// [ErrTooLarge], [ErrValues], or the database's error.
func (s *Store) Replace(ctx context.Context, session *sessions.Session) (stored bool, err error) {
	known, err := stateOf(session)
	if err != nil {
		return false, err
	}
	idHash := hashed(session.ID)
	sealed, err := s.sealValues(idHash, session)
	if err != nil {
		return false, err
	}
	n, err := s.exec(ctx, "write",
		`UPDATE sessions SET key_id = $1, sealed = $2, subject_hash = $3, provider_session_hash = $4, version = version + 1
		 WHERE id_hash = $5 AND version = $6 AND created_at > $7 AND seen_at > $8`,
		sealed.keyID, sealed.sealed, sealed.subject, sealed.providerSession, idHash, known.version,
		s.now()-s.opts.Max.Milliseconds(), s.now()-s.opts.Idle.Milliseconds())
	if err != nil || n == 0 {
		return false, err
	}
	known.version++
	session.Values[stateKey{}] = known
	return true, nil
}

// exec runs a statement and returns how many rows it touched.
func (s *Store) exec(ctx context.Context, what, query string, args ...any) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	result, err := s.db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("session: %s: %w", what, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("session: %s: %w", what, err)
	}
	return int(n), nil
}

func fromMilli(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
