package app_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// rows is the number of rows in each pruned table.
type rows struct{ sessions, keys, events, lists int }

func count(t *testing.T, db *sql.DB) (n rows) {
	t.Helper()
	for table, into := range map[string]*int{
		"sessions": &n.sessions, "used_keys": &n.keys, "audit_events": &n.events, "users_snapshot": &n.lists,
	} {
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(into); err != nil {
			t.Fatal(table, err)
		}
	}
	return n
}

func TestOnlyExpiredRowsAreDeletedAfterAStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kept.db")
	database := harness.With("DATABASE_URL", "sqlite:"+file)
	t.Run("before", func(t *testing.T) {
		s := harness.Start(t, demo.Options{Users: 20}, database)
		s.SignedIn(demo.AdminEmail)
		s.SignedIn(demo.SecondAdminEmail)
	})
	t.Run("after", func(t *testing.T) {
		db := harness.OpenSQLite(t, file)
		before := count(t, db)
		if before != (rows{sessions: 2, keys: before.keys, events: before.events, lists: 1}) || before.events < 2 {
			t.Fatalf("two sign-ins leave %+v", before)
		}
		age(t, db)
		harness.Start(t, demo.Options{Users: 20}, database)
		want := rows{sessions: 1, keys: before.keys + 1, events: before.events - 1}
		deadline := time.Now().Add(20 * time.Second)
		for got := count(t, db); got != want; got = count(t, db) {
			if time.Now().After(deadline) {
				t.Fatalf("%+v are left of %+v, want %+v", got, before, want)
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
}

// age makes one session, one event and the stored list older than their retention, and adds an old and a new used
// key.
func age(t *testing.T, db *sql.DB) {
	t.Helper()
	const years = int64(20 * 365 * 24 * time.Hour / time.Millisecond)
	for _, statement := range []string{
		`UPDATE sessions SET created_at = created_at - $1, seen_at = seen_at - $1, expires_at = expires_at - $1
			WHERE id_hash = (SELECT min(id_hash) FROM sessions)`,
		`UPDATE audit_events SET at = at - $1 WHERE id = (SELECT min(id) FROM audit_events)`,
		`UPDATE users_snapshot SET began_at = began_at - $1, ended_at = ended_at - $1`,
		`INSERT INTO used_keys VALUES ('old', $1), ('young', 10 * $1)`,
	} {
		if _, err := db.ExecContext(t.Context(), statement, years); err != nil {
			t.Fatal(statement, err)
		}
	}
}
