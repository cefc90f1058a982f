package session

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Uses of keyed hashes. The use is part of the hashed text, so that an equal
// subject and provider session have different hashes.
const (
	subjectUse  = "subject"
	providerUse = "provider session"
)

// End deletes the session with this id, so that copies of its cookie are invalid.
// A session that does not exist is no error.
func (s *Store) End(ctx context.Context, id string) error {
	_, err := s.exec(ctx, "end", `DELETE FROM sessions WHERE id_hash = $1`, hashed(id))
	return err
}

// EndByProviderSession ends the sessions whose ProviderSessionKey value is sid,
// as a logout token names it (OpenID Connect Back-Channel Logout 1.0, section
// 2.4), and returns their distinct SubjectKey values: "" for a session
// without one or that can't be decrypted. An empty sid ends none.
func (s *Store) EndByProviderSession(ctx context.Context, sid string) (subjects []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	where, args := in("provider_session_hash", s.keys.indexes(providerUse, sid))
	rows, err := s.db.QueryContext(ctx, fmt.Sprintf(`DELETE FROM sessions WHERE %s RETURNING id_hash, key_id, sealed`, where), args...)
	if err != nil {
		return nil, fmt.Errorf("session: end: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var idHash, keyID string
		var sealed []byte
		if err := rows.Scan(&idHash, &keyID, &sealed); err != nil {
			return nil, fmt.Errorf("session: end: %w", err)
		}
		subject := ""
		if values, err := s.keys.open(idHash, keyID, sealed); err == nil {
			subject = values[s.opts.SubjectKey]
		}
		if !slices.Contains(subjects, subject) {
			subjects = append(subjects, subject)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("session: end: %w", err)
	}
	return subjects, nil
}

// EndBySubject ends the sessions whose SubjectKey value is subject, and returns
// their number. An empty subject ends none.
func (s *Store) EndBySubject(ctx context.Context, subject string) (int, error) {
	where, args := in("subject_hash", s.keys.indexes(subjectUse, subject))
	return s.exec(ctx, "end", `DELETE FROM sessions WHERE `+where, args...)
}

// EndOthers ends the sessions of subject except the one with id keep, and returns
// their number ("sign out everywhere else").
func (s *Store) EndOthers(ctx context.Context, subject, keep string) (int, error) {
	where, args := in("subject_hash", s.keys.indexes(subjectUse, subject))
	args = append(args, hashed(keep))
	return s.exec(ctx, "end", fmt.Sprintf(`DELETE FROM sessions WHERE %s AND id_hash <> $%d`, where, len(args)), args...)
}

// EndListed ends the session of subject with this [Info.Ref]. ended is false if
// subject has no such session, or no longer.
func (s *Store) EndListed(ctx context.Context, subject, ref string) (ended bool, err error) {
	where, args := in("subject_hash", s.keys.indexes(subjectUse, subject))
	args = append(args, ref)
	n, err := s.exec(ctx, "end", fmt.Sprintf(`DELETE FROM sessions WHERE %s AND id_hash = $%d`, where, len(args)), args...)
	return n > 0, err
}

// in returns the SQL condition that column is one of values, with placeholders
// from $1. It is false for no values.
func in(column string, values []string) (condition string, args []any) {
	if len(values) == 0 {
		return "1 = 0", nil
	}
	marks := make([]string, len(values))
	for i, value := range values {
		marks[i] = fmt.Sprintf("$%d", i+1)
		args = append(args, value)
	}
	return column + " IN (" + strings.Join(marks, ", ") + ")", args
}
