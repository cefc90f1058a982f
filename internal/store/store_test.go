package store_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
)

func TestOpenMigratesAndOpensAgain(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		first := storetest.Open(t, url)
		if err := first.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := first.ExecContext(t.Context(), `INSERT INTO used_keys (key_hash, expires_at) VALUES ($1, $2)`, "k", 1); err != nil {
			t.Fatal(err)
		}
		second := storetest.Open(t, url)
		var n int
		if err := second.QueryRowContext(t.Context(), `SELECT count(*) FROM used_keys WHERE key_hash = $1 OR key_hash = $1`, "k").Scan(&n); err != nil || n != 1 {
			t.Errorf("the second opening sees %d rows, %v", n, err)
		}
	})
}

func TestReplicasThatStartTogetherDoNotRace(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		var wg sync.WaitGroup
		errs := make(chan error, 6)
		for range cap(errs) {
			wg.Go(func() {
				db, err := store.Open(t.Context(), url, store.Options{})
				if err == nil {
					err = errors.Join(db.Ready(t.Context()), db.Close())
				}
				errs <- err
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
	})
}

// With concurrent readers and writers, nobody gets "database is locked".
func TestManyWritersAtOnce(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		replicas := []*store.DB{storetest.Open(t, url), storetest.Open(t, url)}
		const writers, writes = 8, 25
		var wg sync.WaitGroup
		for w := range writers {
			db := replicas[w%len(replicas)]
			wg.Go(func() {
				for i := range writes {
					key := fmt.Sprintf("%d/%d", w, i)
					if _, err := db.ExecContext(t.Context(), `INSERT INTO used_keys (key_hash, expires_at) VALUES ($1, $2)`, key, i); err != nil {
						t.Errorf("write: %v", err)
						return
					}
					var n int
					if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM used_keys`).Scan(&n); err != nil {
						t.Errorf("read: %v", err)
						return
					}
				}
			})
		}
		wg.Wait()
		var n int
		if err := replicas[0].QueryRowContext(t.Context(), `SELECT count(*) FROM used_keys`).Scan(&n); err != nil || n != writers*writes {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}

func TestReadyTellsWhenTheDatabaseIsGone(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		db, err := store.Open(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := db.Ready(t.Context()); err == nil {
			t.Error("a closed database is ready")
		}
	})
}

func TestSQLiteFilesAreForTheirOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	// SQLite reads ?, # and % in a name as parts of a URL.
	path := filepath.Join(dir, "a #1 100%25 ü.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, "sqlite:"+path)
	if _, err := db.ExecContext(t.Context(), `DELETE FROM sessions`); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", entry.Name(), info.Mode())
		}
		if info.Size() == 0 && !strings.HasSuffix(entry.Name(), ".lock") {
			t.Errorf("%s is empty: the database is elsewhere", entry.Name())
		}
		names = append(names, entry.Name())
	}
	if len(names) < 3 {
		t.Errorf("files %q: no write-ahead log", names)
	}
}

func TestOpenRefusesWhatItCannotUse(t *testing.T) {
	for _, test := range []struct{ name, url string }{
		{"nothing", ""},
		{"another database", "mysql://u:hush@localhost/db"},
		{"no file", "sqlite:"},
		{"memory", "sqlite::memory:"},
		{"parameters", "sqlite:/tmp/x.db?mode=ro"},
		{"a relative path that looks like a host", "sqlite://data/x.db"},
		{"TLS that may fall back", "postgres://u:hush@db.example.com/db?sslmode=prefer"},
		{"TLS that may not be tried", "postgres://u:hush@db.example.com/db?sslmode=allow"},
		{"a host far away behind a near one", "postgres://u:hush@localhost,db.example.com/db?sslmode=prefer"},
		{"a TLS mode that doesn't exist", "postgres://u:hush@localhost/db?sslmode=maybe"},
		{"a port that isn't one", "postgres://u:hush@localhost:port/db"},
		{"an escape that isn't one", "postgres://u:hush%zz@localhost/db"},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, err := store.Open(t.Context(), test.url, store.Options{})
			if err == nil {
				_ = db.Close()
			}
			if !errors.Is(err, store.ErrURL) {
				t.Fatalf("error %v", err)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

func TestOpenDoesNotMakeFolders(t *testing.T) {
	_, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "not-mounted", "x.db"), store.Options{})
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "not-mounted") {
		t.Errorf("error %v", err)
	}
}

func TestOpenTellsOfAPostgreSQLThatIsNotThere(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a port that nobody listens on, in a moment
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	_, err = store.Open(t.Context(), "postgres://u:hush@"+address+"/db", store.Options{Wait: time.Second})
	var refused *net.OpError
	if !errors.As(err, &refused) || strings.Contains(err.Error(), "hush") {
		t.Errorf("error %v", err)
	}
}
