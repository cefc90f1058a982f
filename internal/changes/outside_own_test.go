package changes

import (
	"testing"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
)

func TestWhichChangesInTheListAreOurs(t *testing.T) {
	jo := audit.Target{ID: "jo", Email: "jo@example.com"}
	const failed = "It was tried from here shortly before, and failed"
	rows := []struct {
		name string
		try  func(*comparing)
		kind audit.Action
		ours bool
		note string
	}{
		{"done between the reads", func(c *comparing) { c.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Done) }, audit.OutsideDeactivated, true, ""},
		{"nothing done", func(*comparing) {}, audit.OutsideDeactivated, false, ""},
		{"done while the older read was under way", func(c *comparing) { c.try(audit.Deactivate, jo, "13:59:40", "14:00:05", audit.Done) }, audit.OutsideDeactivated, true, ""},
		{"done just before the older read", func(c *comparing) { c.try(audit.Deactivate, jo, "13:59:50", "13:59:51", audit.Done) }, audit.OutsideDeactivated, true, ""},
		{"done long before the older read", func(c *comparing) { c.try(audit.Deactivate, jo, "13:58:00", "13:58:01", audit.Done) }, audit.OutsideDeactivated, false, ""},
		{"done long after the newer read", func(c *comparing) { c.try(audit.Deactivate, jo, "14:02:00", "14:02:01", audit.Done) }, audit.OutsideDeactivated, false, ""},
		{"begun, and no outcome yet", func(c *comparing) { c.try(audit.Deactivate, jo, "14:01:05", "", "") }, audit.OutsideDeactivated, true, ""},
		{"not known whether done", func(c *comparing) { c.try(audit.Deactivate, jo, "13:59:00", "13:59:20", audit.Unknown) }, audit.OutsideDeactivated, true, ""},
		{"open since long ago", func(c *comparing) { c.try(audit.Deactivate, jo, "13:40:00", "", "") }, audit.OutsideDeactivated, false, ""},
		{"refused", func(c *comparing) { c.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Refused) }, audit.OutsideDeactivated, false, ""},
		{"failed", func(c *comparing) { c.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Failed) }, audit.OutsideDeactivated, false, failed},
		{"failed, then done", func(c *comparing) {
			c.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Failed)
			c.try(audit.Deactivate, jo, "14:00:40", "14:00:41", audit.Done)
		}, audit.OutsideDeactivated, true, ""},
		{"done, then failed", func(c *comparing) {
			c.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Done)
			c.try(audit.Deactivate, jo, "14:00:40", "14:00:41", audit.Failed)
		}, audit.OutsideDeactivated, true, ""},
		{"the other way round", func(c *comparing) { c.try(audit.Activate, jo, "14:00:30", "14:00:31", audit.Done) }, audit.OutsideDeactivated, false, ""},
		{"activated", func(c *comparing) { c.try(audit.Activate, jo, "14:00:30", "14:00:31", audit.Done) }, audit.OutsideActivated, true, ""},
		{"another account with that address", func(c *comparing) {
			c.try(audit.Deactivate, audit.Target{ID: "old", Email: jo.Email}, "14:00:30", "14:00:31", audit.Done)
		}, audit.OutsideDeactivated, false, ""},
		{"invited by address, in another case", func(c *comparing) {
			c.try(audit.Invite, audit.Target{Email: "Jo@Example.com"}, "14:00:30", "14:00:31", audit.Done)
		}, audit.OutsideAppeared, true, ""},
		{"invited, then given another address", func(c *comparing) {
			c.try(audit.Invite, audit.Target{ID: "jo", Email: "x@example.com"}, "14:00:30", "14:00:31", audit.Done)
		}, audit.OutsideAppeared, true, ""},
		{"an email is never changed from here", func(c *comparing) { c.try(audit.Invite, jo, "14:00:30", "14:00:31", audit.Done) }, audit.OutsideEmail, false, ""},
		{"nobody is deleted from here", func(c *comparing) { c.try(audit.Deactivate, jo, "14:00:30", "14:00:31", audit.Done) }, audit.OutsideVanished, false, ""},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				c := newComparing(t, db)
				row.try(c)
				own, err := c.findOwnChanges(t.Context(), clock(t, "14:00:00"), clock(t, "14:01:10"))
				if err != nil {
					t.Fatal(err)
				}
				if ours, note := own.verify(difference{action: row.kind, account: account{ID: jo.ID, Email: jo.Email}}); ours != row.ours || note != row.note {
					t.Errorf("ours: %v, note: %q", ours, note)
				}
				c.forget()
			})
		}
	})
}
