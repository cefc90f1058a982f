package handlers_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// between is the detail of a change by others: its time span, and the old and new address.
var between = regexp.MustCompile(`Between \d+ \w+ \d+, [\d:]+ UTC and (\d+ \w+ \d+, )?[\d:]+( UTC)? (, from \S+ to \S+ )?`)

// eventually requests the activity page until it contains all texts: users are compared in the background after a
// read.
func eventually(b *harness.Browser, want ...string) {
	b.T.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		p := b.Get(b.Site + "/activity?per=250")
		missing, said := "", between.ReplaceAllString(p.Text(), "")
		for _, w := range want {
			if !strings.Contains(said, w) {
				missing = w
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			b.T.Fatalf("the activity log never says %q: %s", missing, p.Text())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// outside counts the changes by others that a search of the log finds.
func countOutsideChanges(b *harness.Browser, search string) int {
	b.T.Helper()
	p := b.Get(b.Site + "/activity?per=250&q=" + url.QueryEscape(search))
	return strings.Count(p.Text(), "Outside this dashboard")
}

func TestChangesMadeElsewhereAreInTheActivityLogAndOurOwnAreNotRepeated(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	mine, gone := s.UserID(demo.SecondAdminEmail), s.UserID("user@example.com")

	b.Submit(b.Get(s.Site + "/users/" + mine + "/deactivate"))
	b.Invite("invited@example.com")
	s.Control(http.MethodPost, "users", map[string]any{"user": mine, "email": "elsewhere@example.com"})
	s.Control(http.MethodPost, "users", map[string]any{"user": "invited@example.com", "enabled": false})
	s.Control(http.MethodPost, "users", map[string]any{"add": true, "email": "stranger@example.com"})
	s.Control(http.MethodPost, "users", map[string]any{"user": gone, "remove": true})
	if s.Account(mine).Enabled {
		t.Fatal("the account is still active")
	}
	b.Get(s.Site + "/users?fresh=1")
	eventually(b,
		"Outside this dashboard Appeared stranger@example.com", "Outside this dashboard Vanished Uma User",
		"Outside this dashboard Email changed elsewhere Sven Second",
		"Outside this dashboard Deactivated elsewhere invited@example.com")

	for _, row := range []struct {
		search string
		found  int
	}{
		{"", 4}, // our own are not among them
		{"between " + time.Now().UTC().Format("2006-01-"), 4},
		{"from " + demo.SecondAdminEmail + " to elsewhere@example.com", 1},
	} {
		if n := countOutsideChanges(b, row.search); n != row.found {
			t.Errorf("a search for %q finds %d changes by others, want %d", row.search, n, row.found)
		}
	}
	b.Get(s.Site + "/users?fresh=1")
	b.Get(s.Site + "/users?fresh=1")
	if n := countOutsideChanges(b, ""); n != 4 {
		t.Errorf("two reads later there are %d", n)
	}
}

func TestChangesMadeElsewhereWhileTheServerIsDownAreFoundAfterwards(t *testing.T) {
	database := harness.With("DATABASE_URL", "sqlite:"+filepath.Join(t.TempDir(), "kept.db"))
	t.Run("before", func(t *testing.T) {
		s := harness.Start(t, demo.Options{Users: 20}, database)
		s.SignedIn(demo.AdminEmail)
	})
	t.Run("after", func(t *testing.T) {
		// The stand-in's users are the same on every start.
		s := harness.Start(t, demo.Options{Users: 20}, database)
		s.Control(http.MethodPost, "users", map[string]any{"user": "user@example.com", "enabled": false})
		b := s.SignedIn(demo.AdminEmail)
		eventually(b, "Outside this dashboard Deactivated elsewhere Uma User")
		if n := countOutsideChanges(b, ""); n != 1 {
			t.Errorf("%d changes by others", n)
		}
	})
}
