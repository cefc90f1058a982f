package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/store"
)

func TestWhatExpiresWhileTheServerRunsIsDeletedWithinMinutes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), "sqlite:"+file, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close() //nolint:errcheck // the test's own
		p, settings, log := &parts{}, config.Default(), slog.New(slog.DiscardHandler)
		settings.SessionSecret = "a-secret-for-tests-0123456789abcdefgh"
		if p.sessions, err = newSessions(settings, db, log); err != nil {
			t.Fatal(err)
		}
		if p.audit, err = audit.New(db.DB, audit.Options{Logger: log}); err != nil {
			t.Fatal(err)
		}
		p.ledger = newLedger(db, p.audit, log)

		ctx, stop := context.WithCancel(t.Context())
		var pruning sync.WaitGroup
		pruning.Go(func() { p.prune(ctx, settings, log) })
		for round := range 3 {
			synctest.Wait()
			if _, err := db.ExecContext(t.Context(), `INSERT INTO used_keys VALUES ('old', 1)`); err != nil {
				t.Fatalf("in round %d: %v", round, err)
			}
			time.Sleep(15 * time.Minute)
			synctest.Wait()
			var left int
			if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM used_keys`).Scan(&left); err != nil || left != 0 {
				t.Errorf("in round %d %d are left: %v", round, left, err)
			}
		}
		stop()
		pruning.Wait()
	})
}
