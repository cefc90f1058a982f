// Package session keeps sessions on the server, in the database, behind
// gorilla's [sessions.Store]. The browser's cookie holds a random id and
// nothing else; the id is stored as its hash, the values are sealed, and both
// lifetimes are enforced here, not by the cookie.
package session

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gorilla/sessions"

	"wallaroo-user-admin/internal/cookies"
)

// Errors that a caller may want to tell apart with [errors.Is].
var (
	// ErrEnded: the session has been ended, by a sign-out or its lifetime,
	// since it was read. It is not brought back.
	ErrEnded = errors.New("session: it has ended")
	// ErrConflict: another request has written the session since it was read.
	ErrConflict = errors.New("session: written by another request meanwhile")
	// ErrTooLarge: the values take more than [MaxBytes].
	ErrTooLarge = errors.New("session: too large")
	// ErrValues: the values are not UTF-8 strings under string keys.
	ErrValues = errors.New("session: a value is no text")
	// ErrNotLoaded: a session with an id that no Get, New, Save or Reload of
	// this store has filled.
	ErrNotLoaded = errors.New("session: not read from the store")
)

const (
	// MaxBytes is the most that a session's values may take, as JSON. Three
	// tokens with hundreds of roles fit several times over.
	MaxBytes = 64 << 10

	defaultPerSubject = 1000
	pruneBatch        = 500
	pruneBatches      = 200
)

// Options say how sessions are kept. Secrets, Idle and Max must be set.
type Options struct {
	// Secrets seal the values: the first seals, all open, so that one can be
	// replaced without ending sessions. Each has at least 32 bytes.
	Secrets []string
	// Idle is how long a session lives without a request, Max how long at all.
	// Idle is kept to a tenth, or a minute if that is less.
	Idle, Max time.Duration
	// Cookies makes the cookies, each for the purpose that its session's name
	// tells.
	Cookies cookies.Site

	// SubjectKey and ProviderSessionKey name the values by which EndBySubject,
	// List and EndByProviderSession find sessions. They are also kept as keyed
	// hashes, in the clear nowhere.
	SubjectKey, ProviderSessionKey string
	// MaxPerSubject bounds the sessions that one subject can have at a time;
	// the oldest make room. 0: 1000.
	MaxPerSubject int

	Now    func() time.Time // the clock; nil: time.Now
	Logger *slog.Logger     // nil: nowhere
}

// Store keeps sessions in a database. It is safe for concurrent use, also by
// several processes on one database.
type Store struct {
	db      *sql.DB
	read    *sql.Stmt // prepared, since every request runs it
	keys    keyring
	opts    Options
	touchIn time.Duration // how old seen_at may grow before it is written again
}

var _ sessions.Store = (*Store)(nil)

// New returns a store over db, which has the tables sessions and used_keys, and
// which it is to be closed with. It fails if Options lack secrets or lifetimes,
// or with the database.
func New(db *sql.DB, opts Options) (*Store, error) {
	if opts.Idle <= 0 || opts.Max <= 0 {
		return nil, errors.New("session: Idle and Max must be longer than nothing")
	}
	keys, err := newKeyring(opts.Secrets)
	if err != nil {
		return nil, err
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.MaxPerSubject <= 0 {
		opts.MaxPerSubject = defaultPerSubject
	}
	read, err := db.PrepareContext(context.Background(), readRow)
	if err != nil {
		return nil, fmt.Errorf("session: prepare: %w", err)
	}
	return &Store{db: db, read: read, keys: keys, opts: opts, touchIn: min(time.Minute, opts.Idle/10)}, nil
}

// now returns the clock's time in the milliseconds of the database.
func (s *Store) now() int64 { return s.opts.Now().UnixMilli() }

// expires returns when a session ends that was made and last seen at these
// times, all in milliseconds.
func (s *Store) expires(created, seen int64) int64 {
	return min(created+s.opts.Max.Milliseconds(), seen+s.opts.Idle.Milliseconds())
}

// stateKey holds what the store itself must remember of a session between
// reading and writing. gorilla's Session has no other place for it; the key's
// type keeps it apart from the caller's values.
type stateKey struct{}

// state identifies the version of a session that was read.
type state struct {
	id      string
	version int64
}

func stateOf(session *sessions.Session) (state, error) {
	known, ok := session.Values[stateKey{}].(state)
	if !ok || known.id != session.ID {
		return state{}, ErrNotLoaded
	}
	return known, nil
}

// fill replaces the session's values by those of a row.
func fill(session *sessions.Session, r row) {
	if session.Values == nil {
		session.Values = make(map[any]any, len(r.values)+1)
	}
	clear(session.Values)
	for key, value := range r.values {
		session.Values[key] = value
	}
	session.ID, session.IsNew = r.id, false
	session.Values[stateKey{}] = state{id: r.id, version: r.version}
}

// plain returns the caller's values, all of them text.
func plain(values map[any]any) (map[string]string, error) {
	out := make(map[string]string, len(values))
	for key, value := range values {
		if _, ours := key.(stateKey); ours {
			continue
		}
		name, isText := key.(string)
		text, isTextToo := value.(string)
		if !isText || !isTextToo {
			return nil, fmt.Errorf("%w: %T under a %T", ErrValues, value, key)
		}
		out[name] = text
	}
	return out, nil
}
