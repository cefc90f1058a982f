package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // driver "sqlite"
)

// sqliteParams are set on every connection.
//
//   - Writers take the lock when their transaction begins: one that began as a
//     reader could be told to start over at any statement.
//   - A writer waits up to 10 seconds for another one.
//   - WAL lets readers continue during a write; with it NORMAL loses
//     nothing when the process dies, only when the power does.
func sqliteParams() url.Values {
	return url.Values{
		"_txlock":       {"immediate"},
		"_busy_timeout": {"10000"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"NORMAL"},
		"_foreign_keys": {"on"},
		"_dqs":          {"false"},
	}
}

const maxFileConns = 8

func openSQLite(ctx context.Context, name string, opts Options) (*DB, error) {
	path, err := sqlitePath(name)
	if err != nil {
		return nil, err
	}
	if err := makePrivate(path, opts); err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", sqliteDSN(path))
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	db := &DB{DB: pool, engine: SQLite}
	// Few connections: those that wait for a free one are served in turn, while
	// those that wait inside SQLite for the write lock only poll for it.
	db.SetMaxOpenConns(maxFileConns)
	db.SetMaxIdleConns(maxFileConns)

	unlock, err := lockFile(ctx, path+".lock")
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	err = errors.Join(db.migrate(ctx, opts.Logger), unlock())
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return db, nil
}

// sqlitePath returns the absolute path of a database file.
func sqlitePath(name string) (string, error) {
	if rest, ok := strings.CutPrefix(name, "//"); ok {
		if !strings.HasPrefix(rest, "/") {
			return "", fmt.Errorf("%w: sqlite:// takes an absolute path, as in sqlite:///data/file.db", ErrURL)
		}
		name = rest
	}
	switch {
	case name == "":
		return "", fmt.Errorf("%w: sqlite: names no file", ErrURL)
	case strings.Contains(name, ":memory:"):
		return "", fmt.Errorf("%w: a database in memory would be a new one for each connection", ErrURL)
	case strings.ContainsAny(name, "?\x00"):
		return "", fmt.Errorf("%w: sqlite: takes a file and no parameters", ErrURL)
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrURL, err)
	}
	return path, nil
}

// makePrivate creates the file with mode 0600 if it doesn't exist, else removes the
// permissions of group and others. SQLite gives its side files the same mode.
func makePrivate(path string, opts Options) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrNotExist) {
		// A folder made here would hide that a volume is not mounted.
		return fmt.Errorf("store: the folder of %s isn't there: %w", path, err)
	} else if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if err := f.Chmod(0o600); err != nil {
		// A volume that belongs to a group may not let us, and works all the same.
		opts.Logger.Warn("database file can be read by others", "file", path, "mode", info.Mode().Perm().String(), "error", err)
	}
	return nil
}

func sqliteDSN(path string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: sqliteParams().Encode()}).String()
}

// lockFile acquires a lock between processes, held until unlock is called or the
// process ends. The lock is an exclusive transaction on an empty SQLite file
// of its own: goose needs the database itself, and SQLite's locks work on
// every system that it runs on.
func lockFile(ctx context.Context, path string) (unlock func() error, err error) {
	if err := makePrivate(path, Options{}); err != nil {
		return nil, err
	}
	params := url.Values{"_busy_timeout": {"60000"}}
	pool, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: params.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("store: lock: %w", err)
	}
	conn, err := pool.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, `BEGIN EXCLUSIVE`)
	}
	if err != nil {
		return nil, fmt.Errorf("store: wait for another process to migrate: %w", errors.Join(err, pool.Close()))
	}
	return func() error { return errors.Join(conn.Close(), pool.Close()) }, nil
}
