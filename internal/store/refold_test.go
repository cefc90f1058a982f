package store_test

import (
	"fmt"
	"testing"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
)

// What was written down before searches were folded as they are now is found like the rest.
func TestEventsOfEarlierVersionsAreFoundBySearch(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		before := store.OpenAt(t, url, 4)
		const others = 1200 // more than are read at once
		for i := range others + 1 {
			search := fmt.Sprint("other ", i)
			if i == others {
				search = "søren o’brien"
			}
			if _, err := before.ExecContext(t.Context(), `INSERT INTO audit_events (id, at, action, outcome, search, target_name, target_id, target_email,
				target_key, actor_issuer, actor_subject, actor_name, actor_email, actor_key, detail, note, request_id)
				VALUES ($1, 1, 'invite', 'done', $2, '', '', '', '', '', '', '', '', '', '', '', '')`, fmt.Sprintf("%04d", i), search); err != nil {
				t.Fatal(err)
			}
		}
		after := trail(t, storetest.Open(t, url))
		for query, want := range map[string]int{"soren": 1, "o'brien SØREN": 1, "other": others} {
			if page, err := after.List(t.Context(), audit.Filter{Query: query}); err != nil || page.Total != want {
				t.Errorf("%q finds %d events, want %d; %v", query, page.Total, want, err)
			}
		}
	})
}
