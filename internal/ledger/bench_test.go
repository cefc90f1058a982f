package ledger_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"wallaroo-user-admin/internal/ledger"
	"wallaroo-user-admin/internal/store"
)

// BenchmarkObserve compares a read with the last one, in SQLite: everything as
// it was, and one account changed.
func BenchmarkObserve(b *testing.B) {
	for _, users := range []int{1_000, 10_000, 100_000} {
		accounts := make([]ledger.Account, users)
		for i := range accounts {
			email := fmt.Sprintf("first%d.last%d@example%d.com", i, i*7919%users, i%20)
			accounts[i] = ledger.Account{ID: uuid.NewString(), Email: email, Name: fmt.Sprintf("First%d Last%d", i, i*7919%users), Enabled: i%9 > 0}
		}
		for name, changes := range map[string]bool{"same": false, "one-changed": true} {
			b.Run(fmt.Sprintf("%s/%d", name, users), func(b *testing.B) { benchmarkObserve(b, accounts, changes) })
		}
	}
}

func benchmarkObserve(b *testing.B, accounts []ledger.Account, changes bool) {
	db, err := store.Open(b.Context(), "sqlite:"+filepath.Join(b.TempDir(), "bench.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	n := notebook{}
	l := n.book(db)
	at := time.Now()
	if err := l.Observe(b.Context(), accounts, at, at); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	rounds := 0
	for b.Loop() {
		rounds++
		if changes {
			accounts[rounds%len(accounts)].Enabled = !accounts[rounds%len(accounts)].Enabled
		}
		at = at.Add(time.Second)
		if err := l.Observe(b.Context(), accounts, at, at); err != nil {
			b.Fatal(err)
		}
	}
	if recorded := len(n.all); changes != (recorded == rounds) {
		b.Errorf("%d changes in %d rounds", recorded, rounds)
	}
}
