package audit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// within bounds each question to the database, so that one that stands still
// ends in an error and not in a page that never comes. The writing of an outcome
// goes on for so long when the request that it belongs to is over.
const within = 15 * time.Second

// Options are optional; the zero value is fit for use.
type Options struct {
	Logger *slog.Logger     // gets one line for each event written; nil: slog.Default()
	Now    func() time.Time // the clock; nil: time.Now
	// LongestChange is the longest from an intent to its outcome: ChangesSince
	// looks no further back.
	LongestChange time.Duration
}

// Log keeps events in a database. It is safe for concurrent use, also by
// several processes on one database.
type Log struct {
	db      *sql.DB
	changes *sql.Stmt // prepared, since every look at a list runs it
	logger  *slog.Logger
	now     func() time.Time
	longest time.Duration
}

// New returns a log over db, which has the table audit_events, and which it is
// to be closed with. The error is the database's.
func New(db *sql.DB, opts Options) (*Log, error) {
	changes, err := db.PrepareContext(context.Background(), changesSince)
	if err != nil {
		return nil, fmt.Errorf("audit: prepare: %w", err)
	}
	l := &Log{db: db, changes: changes, logger: opts.Logger, now: opts.Now, longest: opts.LongestChange}
	if l.logger == nil {
		l.logger = slog.Default()
	}
	if l.now == nil {
		l.now = time.Now
	}
	return l, nil
}

// Intent writes down what is about to be done, and returns the event's id for
// [Log.Outcome]. On any error the change must not be sent: [ErrRepeated] if an
// event with the same OnceKey is there, [ErrIncomplete], or the database's.
func (l *Log) Intent(ctx context.Context, e Event) (id string, err error) {
	e.Outcome = Intended
	e, err = l.Record(ctx, e)
	return e.ID, err
}

// Record writes down what is over already, such as a sign-in. An empty Outcome
// means Done. It returns the event as it was written; its errors are those of
// [Log.Intent].
func (l *Log) Record(ctx context.Context, e Event) (Event, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	e, err := l.insert(ctx, l.db, e)
	if err != nil {
		return Event{}, err
	}
	l.line(ctx, slog.LevelInfo, e)
	return e, nil
}

// RecordWith records events, as [Log.Record] does, in one transaction with what
// write does: all of it or nothing. write runs first; its error is returned as it
// is, and nothing is written. The logger gets its lines after the commit.
func (l *Log) RecordWith(ctx context.Context, events []Event, write func(context.Context, *sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("audit: write: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := write(ctx, tx); err != nil {
		return err
	}
	written := make([]Event, len(events))
	for i := range events {
		if written[i], err = l.insert(ctx, tx, events[i]); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("audit: write: %w", err)
	}
	for _, e := range written {
		l.line(ctx, slog.LevelInfo, e)
	}
	return nil
}

// executor is a *sql.DB or a *sql.Tx.
type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (l *Log) insert(ctx context.Context, db executor, e Event) (Event, error) {
	e.Outcome = Outcome(or(string(e.Outcome), string(Done)))
	if e.Action == "" || !e.Outcome.valid() {
		return Event{}, fmt.Errorf("%w: action %q, outcome %q", ErrIncomplete, e.Action, e.Outcome)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Event{}, fmt.Errorf("audit: new id: %w", err)
	}
	e = cleaned(e)
	e.ID, e.Time = id.String(), kept(l.now())
	if !e.Outcome.IsOpen() {
		e.Settled = e.Time
	}
	result, err := db.ExecContext(ctx, `INSERT INTO audit_events (`+columns+`, once_hash, actor_key, target_key, search)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
		ON CONFLICT (once_hash) DO NOTHING`,
		e.ID, e.Time.UnixMilli(), milliseconds(e.Settled), e.Actor.Issuer, e.Actor.Subject, e.Actor.Name, e.Actor.Email, string(e.Action),
		e.Target.ID, e.Target.Email, e.Target.Name, string(e.Outcome), e.Detail, e.Note, e.RequestID,
		e.Old, e.New, milliseconds(e.Observed.Since), milliseconds(e.Observed.Until), e.Observed.Accounts,
		onceHash(e.OnceKey), emailKey(e.Actor.Email), emailKey(e.Target.Email), searchable(e))
	if err != nil {
		// The log is then the only place that knows.
		l.line(ctx, slog.LevelError, e, "error", err.Error())
		return Event{}, fmt.Errorf("audit: write: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil {
		return Event{}, fmt.Errorf("audit: write: %w", err)
	} else if n == 0 {
		return Event{}, l.repeated(ctx, e.OnceKey)
	}
	e.OnceKey = ""
	return e, nil
}

func (l *Log) repeated(ctx context.Context, onceKey string) error {
	first, err := l.ByOnceKey(ctx, onceKey)
	if err != nil {
		return err
	}
	return &RepeatedError{First: first}
}

// Outcome writes down how the event of this id went, with a short reason. What
// patch has beside "" replaces what is known of the target: an invitation
// learns the account's id. An open event can be given an outcome, also Unknown;
// a final one stays as it is ([ErrSettled]), unless [Log.Settle] found it out:
// who made the change knows better. It is written even if ctx is cancelled,
// since what was done was done. Other errors: [ErrNotFound], [ErrIncomplete],
// the database's.
func (l *Log) Outcome(ctx context.Context, id string, outcome Outcome, detail string, patch Target) error {
	return l.conclude(ctx, id, outcome, detail, patch, firstHand)
}

// source is where an outcome is known from, as the database has it.
type source int

const (
	firstHand  source = iota // by who made the change
	foundLater               // by a look at the directory
)

func (l *Log) conclude(ctx context.Context, id string, outcome Outcome, detail string, patch Target, by source) error {
	if !outcome.valid() || outcome == Intended {
		return fmt.Errorf("%w: outcome %q", ErrIncomplete, outcome)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	e, err := l.settle(ctx, id, outcome, detail, patch, by)
	if err != nil {
		if !errors.Is(err, ErrSettled) && !errors.Is(err, ErrNotFound) {
			l.line(ctx, slog.LevelError, Event{ID: id, Outcome: outcome, Detail: clean(detail, maxDetail)}, "error", err.Error())
		}
		return err
	}
	l.line(ctx, slog.LevelInfo, e)
	return nil
}

func (l *Log) settle(ctx context.Context, id string, outcome Outcome, detail string, patch Target, by source) (Event, error) {
	e, err := l.Get(ctx, id)
	if err != nil {
		return Event{}, err
	}
	e.Outcome, e.Detail = outcome, clean(detail, maxDetail)
	patch = cleanedTarget(patch)
	e.Target = Target{
		ID: or(patch.ID, e.Target.ID), Email: or(patch.Email, e.Target.Email), Name: or(patch.Name, e.Target.Name),
	}
	if !outcome.IsOpen() {
		e.Settled = kept(l.now())
	}
	replaces := `outcome IN ('intended', 'unknown')`
	if by == firstHand && !outcome.IsOpen() { // that nobody knows is less than what was found out
		replaces += ` OR found_later = 1`
	}
	// The condition decides between two that settle it at once.
	result, err := l.db.ExecContext(ctx, `UPDATE audit_events SET outcome = $1, detail = $2, settled_at = $3,
		target_id = $4, target_email = $5, target_name = $6, target_key = $7, search = $8, found_later = $9
		WHERE id = $10 AND (`+replaces+`)`,
		string(e.Outcome), e.Detail, milliseconds(e.Settled), e.Target.ID, e.Target.Email, e.Target.Name, emailKey(e.Target.Email), searchable(e),
		by, id)
	if err != nil {
		return Event{}, fmt.Errorf("audit: write outcome: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil {
		return Event{}, fmt.Errorf("audit: write outcome: %w", err)
	} else if n == 0 {
		return Event{}, fmt.Errorf("%w: event %s", ErrSettled, id)
	}
	return e, nil
}

// line writes one line for an event: all of it is clean by now, and slog's
// handlers escape what is left.
func (l *Log) line(ctx context.Context, level slog.Level, e Event, more ...any) {
	args := append([]any{
		"event", e.ID, "action", string(e.Action), "outcome", string(e.Outcome), "detail", e.Detail,
		slog.Group("actor", "iss", e.Actor.Issuer, "sub", e.Actor.Subject, "name", e.Actor.Name, "email", e.Actor.Email),
		slog.Group("target", "id", e.Target.ID, "email", e.Target.Email), "request_id", e.RequestID,
	}, more...)
	if o := e.Observed; !o.Since.IsZero() {
		args = append(args, slog.Group("observed", "since", o.Since, "until", o.Until, "accounts", o.Accounts, "old", e.Old, "new", e.New))
	}
	l.logger.Log(ctx, level, "audit", args...)
}

// milliseconds returns a time as the database has it: NULL for the zero one.
func milliseconds(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

func onceHash(key string) sql.NullString {
	if key == "" {
		return sql.NullString{}
	}
	sum := sha256.Sum256([]byte(key))
	return sql.NullString{String: base64.RawURLEncoding.EncodeToString(sum[:]), Valid: true}
}

func or(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
