package ledger

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// lists draws accounts sorted by id, of few ids so that two lists have some in
// common.
func lists() *rapid.Generator[[]Account] {
	return rapid.Custom(func(t *rapid.T) []Account {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Account {
			return Account{
				ID:    rapid.StringMatching(`[a-f]{1,2}`).Draw(t, "id"),
				Email: rapid.SampledFrom([]string{"", "a@example.com", "ä@example.com", "\x00<\u2028", strings.Repeat("x", 300)}).Draw(t, "email"),
				Name:  rapid.String().Draw(t, "name"), Enabled: rapid.Bool().Draw(t, "enabled"),
			}
		}), 0, 30).Draw(t, "accounts")
		return snapshotOf(t, all).accounts
	})
}

func snapshotOf(t interface{ Fatal(args ...any) }, accounts []Account) *snapshot {
	s, err := newSnapshot(accounts, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsPackedIsUnpacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts := lists().Draw(t, "list")
		packed, err := snapshotOf(t, accounts).pack()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unpack(packed); err != nil || !slices.Equal(got, accounts) {
			t.Fatalf("%v %v", got, err)
		}
	})
}

// The changes, made to the older list, give the newer one.
func TestTheChangesLeadFromOneListToTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := lists().Draw(t, "before"), lists().Draw(t, "after")
		changed := make(map[string]Account)
		for _, a := range before {
			changed[a.ID] = a
		}
		for _, c := range diff(before, after) {
			a := changed[c.Account.ID]
			switch c.Kind {
			case Appeared:
				a = c.Account
			case Activated, Deactivated:
				a.Enabled = c.Kind == Activated
			case EmailChanged:
				if a.Email != c.OldEmail {
					t.Fatalf("it was %q, not %q", a.Email, c.OldEmail)
				}
				a.Email = c.Account.Email
			case Vanished:
				delete(changed, c.Account.ID)
				continue
			}
			changed[a.ID] = a
		}
		if len(changed) != len(after) {
			t.Fatalf("%d accounts, want %d", len(changed), len(after))
		}
		for _, want := range after {
			if got := changed[want.ID]; got.Email != want.Email || got.Enabled != want.Enabled {
				t.Fatalf("%+v, want %+v", got, want)
			}
		}
	})
}

// Whatever is in the database, reading it ends, with a list that can be written
// again or with an error.
func FuzzUnpack(f *testing.F) {
	packed, err := snapshotOf(f, []Account{{ID: "jo", Email: "jo@example.com", Name: "Jo", Enabled: true}}).pack()
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
		again, err := snapshotOf(t, accounts).pack()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unpack(again); err != nil {
			t.Errorf("%+v can't be read again: %v", accounts, err)
		}
	})
}
