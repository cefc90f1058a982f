package audit_test

import (
	"fmt"
	"log/slog"
	"testing"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/testing/storetest"
)

// What was written down before searches were folded as they are now is found like the rest.
func TestEventsOfEarlierVersionsAreFoundBySearch(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		before, err := audit.New(db.DB, audit.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		const others = 1200 // more than are read at once
		for i := range others + 1 {
			target := audit.Target{Name: fmt.Sprint("Other ", i)}
			if i == others {
				target.Name = "Søren O’Brien"
			}
			if _, err := before.Record(t.Context(), audit.Event{Action: audit.Invite, Target: target, Detail: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		for _, statement := range []string{
			`UPDATE audit_events SET search = 'søren o’brien' WHERE target_name LIKE 'S%'`,
			`DELETE FROM goose_db_version WHERE version_id = 6`,
		} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}

		after, err := audit.New(storetest.Open(t, url).DB, audit.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]int{"soren": 1, "o'brien SØREN": 1, "other": others} {
			if page, err := after.List(t.Context(), audit.Filter{Query: query}); err != nil || page.Total != want {
				t.Errorf("%q finds %d events, want %d; %v", query, page.Total, want, err)
			}
		}
	})
}
