package store

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// While another process migrates, opening the database waits and changes nothing.
func TestOpeningWaitsForTheProcessThatMigrates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	unlock, err := lockFile(t.Context(), path+".lock")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if db, err := Open(ctx, "sqlite:"+path, Options{}); err == nil {
		_ = db.Close()
		t.Fatal("opened in the middle of a migration")
	} else if !strings.Contains(err.Error(), "another process") {
		t.Errorf("error %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), "sqlite:"+path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
