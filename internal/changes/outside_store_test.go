package changes

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/wallaroo"
)

// someUsers draws users of few ids, so that two lists have some in common.
func someUsers() *rapid.Generator[[]wallaroo.User] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) wallaroo.User {
		return wallaroo.User{
			ID:        rapid.StringMatching(`[a-f]{1,2}`).Draw(t, "id"),
			Email:     rapid.SampledFrom([]string{"", "a@example.com", "ä@example.com", "\x00<\u2028", strings.Repeat("x", 300)}).Draw(t, "email"),
			FirstName: rapid.String().Draw(t, "name"), Enabled: rapid.SampledFrom([]wallaroo.Bool{wallaroo.Unknown, wallaroo.False, wallaroo.True}).Draw(t, "enabled"),
		}
	}), 0, 30)
}

func snapshotOf(t interface{ Fatal(args ...any) }, users []wallaroo.User) *usersSnapshot {
	s, err := newUsersSnapshot(users, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsPackedIsUnpacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := snapshotOf(t, someUsers().Draw(t, "users"))
		packed, err := s.pack()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unpack(packed); err != nil || !slices.Equal(got, s.accounts) {
			t.Fatalf("%v %v", got, err)
		}
	})
}

// Applying the changes to the older list gives the newer one, except for statuses that one of them does not tell.
func TestTheChangesLeadFromOneListToTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := snapshotOf(t, someUsers().Draw(t, "before")).accounts, snapshotOf(t, someUsers().Draw(t, "after")).accounts
		changed := make(map[string]account)
		for _, a := range before {
			changed[a.ID] = a
		}
		for _, d := range differences(before, after) {
			a := changed[d.account.ID]
			switch d.action {
			case audit.OutsideAppeared:
				a = d.account
			case audit.OutsideActivated, audit.OutsideDeactivated:
				a.Enabled = wallaroo.BoolOf(d.action == audit.OutsideActivated)
			case audit.OutsideEmail:
				if a.Email != d.oldEmail {
					t.Fatalf("it was %q, not %q", a.Email, d.oldEmail)
				}
				a.Email = d.account.Email
			case audit.OutsideVanished:
				delete(changed, d.account.ID)
				continue
			}
			changed[a.ID] = a
		}
		if len(changed) != len(after) {
			t.Fatalf("%d accounts, want %d", len(changed), len(after))
		}
		for _, want := range after {
			got := changed[want.ID]
			told := got.Enabled != wallaroo.Unknown && want.Enabled != wallaroo.Unknown
			if got.Email != want.Email || told && got.Enabled != want.Enabled {
				t.Fatalf("%+v, want %+v", got, want)
			}
		}
	})
}

// Whatever the database holds, reading it returns a list that can be written again, or an error.
func FuzzUnpack(f *testing.F) {
	packed, err := snapshotOf(f, people("jo")).pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte{})
	f.Add([]byte("broken"))
	f.Fuzz(func(t *testing.T, packed []byte) {
		accounts, err := unpack(packed)
		if err != nil {
			return
		}
		text, err := json.Marshal(accounts)
		if err != nil {
			t.Fatal(err)
		}
		again, err := (&usersSnapshot{json: text}).pack()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unpack(again); err != nil {
			t.Errorf("%+v can't be read again: %v", accounts, err)
		}
	})
}
