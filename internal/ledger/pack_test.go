package ledger

import (
	"errors"
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
				Email: rapid.SampledFrom([]string{"", "a@example.com", "ä@example.com", "\xff\x00", strings.Repeat("x", 300)}).Draw(t, "email"),
				Name:  rapid.String().Draw(t, "name"), Enabled: rapid.Bool().Draw(t, "enabled"),
			}
		}), 0, 30).Draw(t, "accounts")
		return newReading(all, time.Time{}, time.Time{}).accounts
	})
}

func TestWhatIsPackedIsUnpacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts := lists().Draw(t, "list")
		packed, err := pack(written(accounts))
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

// Whatever is in the database, reading it ends, with a list or with an error.
func FuzzUnpack(f *testing.F) {
	packed, err := pack(written([]Account{{ID: "jo", Email: "jo@example.com", Name: "Jo", Enabled: true}}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed, "")
	f.Add([]byte{}, "\x02jo\x00\x00\x01")
	f.Add([]byte("broken"), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01jo")
	f.Fuzz(func(t *testing.T, packed []byte, plain string) {
		if accounts, err := unpack(packed); err == nil && len(written(accounts)) == 0 {
			t.Error("a list without a format")
		}
		accounts, err := parsed(plain)
		if err != nil && !errors.Is(err, errPacked) {
			t.Error(err)
		}
		// Numbers may be written longer than need be, so only meaning is compared.
		if again, err2 := parsed(string(written(accounts)[len(format):])); err == nil && (err2 != nil || !slices.Equal(again, accounts)) {
			t.Errorf("%+v became %+v, %v", accounts, again, err2)
		}
	})
}
