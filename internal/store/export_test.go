package store

import (
	"database/sql"
	"strings"
	"testing"
)

// OpenAt opens a database with the tables of an earlier version, and closes it after the test.
func OpenAt(t *testing.T, url string, version int64) *DB {
	t.Helper()
	db := &DB{engine: PostgreSQL}
	var err error
	if path, isFile := strings.CutPrefix(url, "sqlite:"); isFile {
		db.engine = SQLite
		db.DB, err = sql.Open("sqlite", sqliteDSN(path))
	} else {
		db.DB, err = sql.Open("pgx", url)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	provider, err := db.migrations()
	if err == nil {
		_, err = provider.UpTo(t.Context(), version)
	}
	if err != nil {
		t.Fatal(err)
	}
	return db
}
