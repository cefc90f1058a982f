package app

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/cookies"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/wallaroo"
)

// pruned are the tables that are pruned, each with the function that inserts an old row.
func pruned() map[string]string {
	return map[string]string{
		"used_keys":      `INSERT INTO used_keys VALUES ('old', 1)`,
		"audit_events":   `INSERT INTO audit_events VALUES ('old', 1, 1, '', '', '', '', 'sign-in', '', '', '', 'done', '', '', '', NULL, '', '', '', 0, NULL, NULL, 0, '', '')`,
		"users_snapshot": `INSERT INTO users_snapshot VALUES (1, 1, 1, 1, '', '')`,
	}
}

// left returns the pruned tables that have rows.
func left(t *testing.T, db *sql.DB) (tables []string) {
	t.Helper()
	for table := range pruned() {
		var n int
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
			t.Fatal(table, err)
		}
		if n != 0 {
			tables = append(tables, table)
		}
	}
	return tables
}

// A missing part panics when it is used.
func TestExpiredRowsAreDeletedWithinMinutesThoughOnePrunerPanics(t *testing.T) {
	for name, row := range map[string]struct {
		without func(*parts)
		left    string
	}{
		"all well":     {func(*parts) {}, ""},
		"the sessions": {func(p *parts) { p.sessions = nil }, "used_keys"},
		"the activity": {func(p *parts) { p.audit = nil }, "audit_events"},
		"the lists":    {func(p *parts) { p.comparer = nil }, "users_snapshot"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "x.db")
			synctest.Test(t, func(t *testing.T) {
				db, err := store.Open(t.Context(), "sqlite:"+file, store.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close() //nolint:errcheck // the test's own
				var lines bytes.Buffer
				log := slog.New(slog.NewTextHandler(&lines, nil))
				p, settings := keepingParts(t, db, log)
				row.without(p)
				pruneForThreeRounds(t, p, settings, log, db.DB, row.left)
				if panicked := strings.Contains(lines.String(), "panic"); panicked != (row.left != "") {
					t.Errorf("the log: %s", lines.String())
				}
			})
		})
	}
}

// keepingParts are the parts with something to prune.
func keepingParts(t *testing.T, db *store.DB, log *slog.Logger) (*parts, config.Settings) {
	t.Helper()
	p, settings := &parts{}, config.Default()
	settings.SessionSecret = "a-secret-for-tests-0123456789abcdefgh"
	var err error
	if p.sessions, err = newSessions(settings, db, cookies.Site{}, log); err != nil {
		t.Fatal(err)
	}
	if p.audit, err = audit.New(db.DB, audit.Options{Logger: log}); err != nil {
		t.Fatal(err)
	}
	p.comparer, p.directory = changes.NewComparer(db.DB, p.audit, time.Minute, log), directory.New(someone{}, directory.Options{MaxAge: time.Minute, Logger: log})
	return p, settings
}

// pruneForThreeRounds inserts old rows into all tables three times, and checks that all are deleted except those of
// one table.
func pruneForThreeRounds(t *testing.T, p *parts, settings config.Settings, log *slog.Logger, db *sql.DB, but string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var pruning sync.WaitGroup
	defer pruning.Wait()
	defer stop()
	pruning.Go(func() { p.prune(ctx, settings, log) })
	for round := range 3 {
		synctest.Wait()
		for table, insert := range pruned() {
			if _, err := db.ExecContext(t.Context(), insert); err != nil && table != but {
				t.Fatalf("%s in round %d: %v", table, round, err)
			}
		}
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if tables := strings.Join(left(t, db), " "); tables != but {
			t.Errorf("in round %d these have something old: %q", round, tables)
		}
	}
}

// someone is an API with one user, and a token for it.
type someone struct{ directory.API }

func (someone) Users(context.Context, string) ([]wallaroo.User, error) {
	return []wallaroo.User{{ID: "jo"}}, nil
}
func (someone) Token(context.Context) (string, error)         { return "token", nil }
func (someone) Renew(context.Context, string) (string, error) { return "", nil }

func TestAListIsDroppedSoonAfterItsSessionHasExpired(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), "sqlite:"+file, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close() //nolint:errcheck // the test's own
		log := slog.New(slog.DiscardHandler)
		p, settings := keepingParts(t, db, log)
		ctx, stop := context.WithCancel(t.Context())
		var pruning sync.WaitGroup
		defer pruning.Wait()
		defer stop()
		pruning.Go(func() { p.prune(ctx, settings, log) })
		if _, err := p.directory.Read(t.Context(), directory.Caller{Key: "jo", Tokens: someone{}}, directory.ReadOptions{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(settings.SessionIdle - time.Minute)
		if synctest.Wait(); !p.directory.Worked("jo") {
			t.Error("dropped while the session lives")
		}
		time.Sleep(12 * time.Minute)
		if synctest.Wait(); p.directory.Worked("jo") {
			t.Error("kept")
		}
	})
}
