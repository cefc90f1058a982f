package changes_test

import (
	"errors"
	"testing"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

func TestChangesThatAreRefusedHere(t *testing.T) {
	builtIn := wallaroo.User{ID: "admin", Username: "admin", Enabled: wallaroo.True}
	withMail := fakeapi.Person("admin2", true)
	withMail.Username = "Admin"
	twin := fakeapi.Person("twin", true)
	twin.Email = "JO@example.com"
	locked := fakeapi.Person("locked", true)
	locked.Access.Manage = wallaroo.False
	off := fakeapi.Person("off", false)
	named := fakeapi.Person("named", true)
	named.Email = "ops@müller.example"
	for name, row := range map[string]struct {
		id     string
		active bool
		want   changes.Reason
	}{
		"one's own account":                               {"me", false, changes.OwnAccount},
		"an account without an email":                     {"admin", true, changes.MissingEmail},
		"a protected account, in another case":            {"admin2", false, changes.ProtectedAccount},
		"a protected address, in another spelling":        {"named", false, changes.ProtectedAccount},
		"an email that two have, in another case":         {"jo", false, changes.AmbiguousEmail},
		"the other of the two":                            {"twin", false, changes.AmbiguousEmail},
		"an account that the API says may not be managed": {"locked", false, changes.NotAllowed},
		"an ordinary one":                                 {"off", true, ""},
		"activating one's own":                            {"me", true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				change := f.changes.Deactivate
				if row.active {
					change = f.changes.Activate
				}
				result, err := change(t.Context(), f.by, row.id)
				if row.want == "" {
					if err != nil || len(f.events()) != 1 {
						t.Errorf("refused: %v", err)
					}
					return
				}
				refused, ok := errors.AsType[*changes.RefusedError](err)
				if !ok || refused.Reason != row.want || result.Account == nil || f.Count("activate")+f.Count("deactivate") != 0 {
					t.Errorf("got %v, want %s; calls %v", err, row.want, f.Calls)
				}
				if e := f.events()[0]; e.Outcome != audit.Refused || e.Detail != row.want.Text() || e.Target.ID != row.id {
					t.Errorf("the log has %+v", e)
				}
			}, fakeapi.Person("me", true), fakeapi.Person("jo", true), builtIn, withMail, twin, locked, off, named)
		})
	}
}
