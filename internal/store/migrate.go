package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Both engines read the same migrations: SQLite takes any name for a column's
// type, and BYTEA and BIGINT mean the right thing there too. A migration may
// only add, so that during a rolling update the older server goes on working.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables up to date. For SQLite the caller holds a lock
// against other processes; for PostgreSQL goose takes an advisory one.
func (db *DB) migrate(ctx context.Context, logger *slog.Logger) error {
	provider, err := db.migrations()
	if err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	done, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	for _, result := range done {
		logger.Info("migrated the database", "migration", result.Source.Version, "duration", result.Duration.String())
	}
	return nil
}

// migrations returns all of them, ready to run.
func (db *DB) migrations() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()),
		goose.WithGoMigrations(
			goose.NewGoMigration(6, &goose.GoFunc{RunDB: refold}, nil),
			goose.NewGoMigration(8, &goose.GoFunc{RunTx: moveOutsideChanges}, nil),
		),
	}
	dialect := goose.DialectSQLite3
	if db.engine == PostgreSQL {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, db.DB, files, options...)
}
