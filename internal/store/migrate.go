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

// Both engines share the migrations: SQLite accepts any type name, and BYTEA and
// BIGINT have the right affinity there. Migrations only add, so that the previous
// version keeps working during a rolling update.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate applies the pending migrations. For SQLite the caller holds a lock
// against other processes; for PostgreSQL goose takes an advisory lock.
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

// migrations returns a goose provider with all migrations.
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
			goose.NewGoMigration(9, &goose.GoFunc{RunDB: rekey}, nil),
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
