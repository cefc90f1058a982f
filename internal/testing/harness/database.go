package harness

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// OpenSQLite opens a dashboard's database beside it, given its file.
func OpenSQLite(t testing.TB, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// LockSQLite takes the only lock that allows writing, given a dashboard's file, until unlock is called.
func LockSQLite(t testing.TB, file string) (unlock func()) {
	t.Helper()
	lock, err := OpenSQLite(t, file).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		_, err := lock.ExecContext(t.Context(), "ROLLBACK")
		if err := errors.Join(err, lock.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// AwaitOpenChange waits until a change with this action is written down and has no outcome yet.
func AwaitOpenChange(t testing.TB, db *sql.DB, action string) {
	t.Helper()
	for open := 0; open == 0; time.Sleep(5 * time.Millisecond) {
		err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM audit_events WHERE action = $1 AND settled_at IS NULL`, action).Scan(&open)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// BackdateOpenChanges makes all changes without an outcome look as if they had begun that much earlier.
func BackdateOpenChanges(t testing.TB, db *sql.DB, by time.Duration) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), `UPDATE audit_events SET at = at - $1 WHERE settled_at IS NULL`, by.Milliseconds()); err != nil {
		t.Fatal(err)
	}
}

// OutcomeOf is what the audit log says of the only change with this action.
func OutcomeOf(t testing.TB, db *sql.DB, action string) (outcome, detail string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), `SELECT outcome, detail FROM audit_events WHERE action = $1`, action).Scan(&outcome, &detail); err != nil {
		t.Fatal(err)
	}
	return outcome, detail
}
