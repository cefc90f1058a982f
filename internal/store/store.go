// Package store opens the one database that all state is kept in, SQLite or
// PostgreSQL, and brings its tables up to date. It knows nothing of what is
// kept: the packages that keep something write their own queries, in SQL that
// both engines read, with placeholders $1, $2, …
//
// Times are BIGINT milliseconds since 1970 (UTC), set by the caller's clock.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// engine names a kind of database.
type engine string

// The engines that [Open] knows.
const (
	SQLite     engine = "sqlite"
	PostgreSQL engine = "postgres"
)

// ErrURL is wrapped by [Open]'s error for an invalid database URL. The text never
// contains the URL, which may contain a password.
var ErrURL = errors.New("store: unusable database URL")

// Options are the choices that an operator doesn't make in the URL. The zero
// value is fit for use.
type Options struct {
	Logger *slog.Logger  // where migrations and warnings go; nil: nowhere
	Wait   time.Duration // how long to wait for a PostgreSQL that doesn't answer yet; 0: one try
}

// DB is an open database with its tables up to date.
type DB struct {
	*sql.DB
	engine engine
}

// Open opens the database at url and migrates it. A url is one of
//
//	sqlite:FILE              the file is made if need be, readable by its owner only; its folder must be there
//	postgres://user@host/db  over verified TLS, unless the host is loopback or the URL says otherwise by sslmode
//
// Of several processes that open a database at once, one migrates and the
// others wait. The error wraps [ErrURL] if the url itself is at fault, and
// never tells a password.
func Open(ctx context.Context, url string, opts Options) (*DB, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"), opts)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return openPostgres(ctx, url, opts)
	default:
		return nil, fmt.Errorf("%w: it is neither sqlite:FILE nor postgres://…", ErrURL)
	}
}

// Ready returns nil if the database responds and has its tables, else the driver's
// error. It is for a readiness probe.
func (db *DB) Ready(ctx context.Context) error {
	var n int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM sessions LIMIT 1) AS t`).Scan(&n); err != nil {
		return fmt.Errorf("store: not ready: %w", err)
	}
	return nil
}
