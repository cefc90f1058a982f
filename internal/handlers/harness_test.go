package handlers

import (
	"log/slog"
	"testing"
	"time"
)

// testSite is a site with nothing behind it but a log that nobody reads.
func testSite(t testing.TB) *site {
	t.Helper()
	s := &site{Options: Options{Now: time.Now}, log: slog.New(slog.DiscardHandler)}
	if err := s.renderLastResort(); err != nil {
		t.Fatal(err)
	}
	return s
}
