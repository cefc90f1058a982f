package audit_test

import (
	"testing"

	"wallaroo-user-admin/internal/audit"
)

// An address with an internationalized domain is found by either spelling, whichever was stored.
func TestEventsAreFoundByBothSpellingsOfADomain(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		by := admin()
		by.Email = "ada@müller.example"
		f.intent(audit.Event{Actor: by, Action: audit.Invite, Target: audit.Target{Email: "idn@xn--mller-kva.example"}})
		f.intent(audit.Event{Actor: admin(), Action: audit.OutsideEmail, Old: "old@xn--mller-kva.example", New: "new@example.com"})
		for name, row := range map[string]struct {
			filter audit.Filter
			want   int
		}{
			"target in Unicode":         {audit.Filter{TargetEmail: "IDN@Müller.example"}, 1},
			"target in ASCII":           {audit.Filter{TargetEmail: "idn@xn--mller-kva.example"}, 1},
			"actor in Unicode":          {audit.Filter{Actor: "ada@müller.example"}, 1},
			"actor in ASCII":            {audit.Filter{Actor: "ada@xn--mller-kva.example"}, 1},
			"search in Unicode":         {audit.Filter{Query: "müller.example"}, 2},
			"search in ASCII":           {audit.Filter{Query: "xn--mller-kva.example"}, 2},
			"search for the old one":    {audit.Filter{Query: "old@müller.example"}, 1},
			"search for another domain": {audit.Filter{Query: "muellner.example"}, 0},
		} {
			if page, err := f.List(t.Context(), row.filter); err != nil || page.Total != row.want {
				t.Errorf("%s: %d events, %v", name, page.Total, err)
			}
		}
	})
}
