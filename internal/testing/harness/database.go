package harness

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// OpenSQLite opens the file of a running dashboard's database.
func OpenSQLite(t testing.TB, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// LockSQLite holds the write lock of a dashboard's database file until unlock is called.
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

// AwaitOpenChange waits until the audit log has an intent with this action and no outcome.
func AwaitOpenChange(t testing.TB, db *sql.DB, action string) {
	t.Helper()
	for open := 0; open == 0; time.Sleep(5 * time.Millisecond) {
		err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM audit_events WHERE action = $1 AND settled_at IS NULL`, action).Scan(&open)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// BackdateOpenChanges moves the time of all changes without an outcome back by by.
func BackdateOpenChanges(t testing.TB, db *sql.DB, by time.Duration) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), `UPDATE audit_events SET at = at - $1 WHERE settled_at IS NULL`, by.Milliseconds()); err != nil {
		t.Fatal(err)
	}
}

// OutcomeOf returns the outcome and detail of the only change with this action in the audit log.
func OutcomeOf(t testing.TB, db *sql.DB, action string) (outcome, detail string) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), `SELECT outcome, detail FROM audit_events WHERE action = $1`, action).Scan(&outcome, &detail); err != nil {
		t.Fatal(err)
	}
	return outcome, detail
}
