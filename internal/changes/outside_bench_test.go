package changes

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/wallaroo"
)

// BenchmarkUsersRead compares a read with the last one, in SQLite: everything as
// it was, and one account changed.
func BenchmarkUsersRead(b *testing.B) {
	for _, users := range []int{1_000, 10_000, 100_000} {
		accounts := make([]wallaroo.User, users)
		for i := range accounts {
			email := fmt.Sprintf("first%d.last%d@example%d.com", i, i*7919%users, i%20)
			accounts[i] = wallaroo.User{ID: uuid.NewString(), Email: email, FirstName: fmt.Sprintf("First%d", i), LastName: fmt.Sprintf("Last%d", i*7919%users), Enabled: wallaroo.BoolOf(i%9 > 0)}
		}
		for name, changes := range map[string]bool{"same": false, "one-changed": true} {
			b.Run(fmt.Sprintf("%s/%d", name, users), func(b *testing.B) { benchmarkUsersRead(b, accounts, changes) })
		}
	}
}

func benchmarkUsersRead(b *testing.B, accounts []wallaroo.User, changes bool) {
	db, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "bench.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	log, err := audit.New(db.DB, audit.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	c, at := NewComparer(db.DB, log, time.Minute, nil), time.Now()
	if err := c.compareWithLast(b.Context(), accounts, at, at); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	rounds := 0
	for b.Loop() {
		rounds++
		if changes {
			accounts[rounds%len(accounts)].Enabled ^= wallaroo.False ^ wallaroo.True
		}
		at = at.Add(time.Second)
		if err := c.compareWithLast(b.Context(), accounts, at, at); err != nil {
			b.Fatal(err)
		}
	}
	page, err := log.List(b.Context(), audit.Filter{})
	if err != nil || changes != (page.Total == rounds) {
		b.Errorf("%d changes in %d rounds, %v", page.Total, rounds, err)
	}
}
