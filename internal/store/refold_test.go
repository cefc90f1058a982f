package store_test

import (
	"fmt"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/fold"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
)

// Events that were written before both spellings of a domain were one address are found by either, and others as
// before.
func TestEventsOfEarlierVersionsAreFoundByBothSpellingsOfADomain(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		before := store.OpenAt(t, url, 8)
		const others = 1200 // more than are read at once
		for i := range others + 2 {
			target, actor := fmt.Sprintf("u%d@example.com", i), "ada@example.com"
			switch i {
			case others:
				target, actor = "IDN@müller.example", "ADA@xn--mller-kva.example"
			case others + 1:
				target = "idn@xn--mller-kva.example"
			}
			insertOldEvent(t, before, i, fold.String(actor+"\n"+target), target, actor)
		}
		after := trail(t, storetest.Open(t, url))
		for name, row := range map[string]struct {
			filter audit.Filter
			want   int
		}{
			"target in Unicode": {audit.Filter{TargetEmail: "idn@müller.example"}, 2},
			"target in ASCII":   {audit.Filter{TargetEmail: "idn@xn--mller-kva.example"}, 2},
			"actor in Unicode":  {audit.Filter{Actor: "ada@müller.example"}, 1},
			"actor in ASCII":    {audit.Filter{Actor: "ada@xn--mller-kva.example"}, 1},
			"search in Unicode": {audit.Filter{Query: "müller.example"}, 2},
			"search in ASCII":   {audit.Filter{Query: "xn--mller-kva.example"}, 2},
			"another target":    {audit.Filter{TargetEmail: "u7@example.com"}, 1},
			"all others":        {audit.Filter{Actor: "ada@example.com"}, others + 1},
		} {
			if page, err := after.List(t.Context(), row.filter); err != nil || page.Total != row.want {
				t.Errorf("%s: %d events, want %d; %v", name, page.Total, row.want, err)
			}
		}
	})
}

// Events that were written before the present folding are found.
func TestEventsOfEarlierVersionsAreFoundBySearch(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		before := store.OpenAt(t, url, 4)
		const others = 1200 // more than are read at once
		for i := range others + 1 {
			search := fmt.Sprint("other ", i)
			if i == others {
				search = "søren o’brien"
			}
			insertOldEvent(t, before, i, search, "", "")
		}
		after := trail(t, storetest.Open(t, url))
		for query, want := range map[string]int{"soren": 1, "o'brien SØREN": 1, "other": others} {
			if page, err := after.List(t.Context(), audit.Filter{Query: query}); err != nil || page.Total != want {
				t.Errorf("%q finds %d events, want %d; %v", query, page.Total, want, err)
			}
		}
	})
}

// insertOldEvent writes event i as a version before migration 9 did: with addresses in lower case only.
func insertOldEvent(t *testing.T, db *store.DB, i int, search, target, actor string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO audit_events (id, at, action, outcome, search, target_name, target_id, target_email,
		target_key, actor_issuer, actor_subject, actor_name, actor_email, actor_key, detail, note, request_id)
		VALUES ($1, 1, 'invite', 'done', $2, '', '', $3, $4, '', '', '', $5, $6, '', '', '')`,
		fmt.Sprintf("%04d", i), search, target, strings.ToLower(target), actor, strings.ToLower(actor)); err != nil {
		t.Fatal(err)
	}
}
