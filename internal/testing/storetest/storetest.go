// Package storetest creates databases for tests, on each engine.
package storetest

import (
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/store"
)

// PostgresEnv names the environment variable with the postgres:// URL of a
// database in which tests may create and drop schemas.
const PostgresEnv = "TEST_POSTGRES_URL"

// Run runs test once for each engine, as a subtest named after it, each time
// with an empty, migrated database. PostgreSQL is skipped unless
// TEST_POSTGRES_URL is set.
func Run(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	RunURL(t, func(t *testing.T, url string) { test(t, Open(t, url)) })
}

// RunURL is [Run] for tests that open the database themselves, or several
// times as several replicas would.
func RunURL(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run(string(store.SQLite), func(t *testing.T) { test(t, SQLiteURL(t)) })
	t.Run(string(store.PostgreSQL), func(t *testing.T) { test(t, PostgresURL(t)) })
}

// SQLiteURL returns the URL of a new file, deleted after the test.
func SQLiteURL(t *testing.T) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "test.db")
}

// PostgresURL returns the URL of a new schema, dropped after the test. It
// skips the test if TEST_POSTGRES_URL is not set.
func PostgresURL(t *testing.T) string {
	t.Helper()
	base := os.Getenv(PostgresEnv)
	if base == "" {
		t.Skip(PostgresEnv + " is not set")
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal("can't parse " + PostgresEnv)
	}
	schema := "test_" + strings.ToLower(rand.Text())
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()

	// PostgreSQL accepts a missing schema in the search path, but then can't
	// create tables.
	exec(t, base, `CREATE SCHEMA `+schema)
	t.Cleanup(func() { exec(t, base, `DROP SCHEMA `+schema+` CASCADE`) })
	return u.String()
}

// Open opens the database at url and closes it after the test.
func Open(t *testing.T, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}
