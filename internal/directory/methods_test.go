package directory_test

import (
	"slices"
	"testing"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

func linked(id, provider string) wallaroo.User {
	u := fakeapi.Person(id, true)
	u.FederatedIdentities = []wallaroo.FederatedIdentity{{Provider: provider}}
	return u
}

// everybody returns the accounts of a reading.
func everybody(r directory.Reading) []*directory.Account {
	return r.List(directory.ListParams{Per: 100}).Rows
}

func readMethods(t *testing.T, d *directory.Directory, r directory.Reading) directory.Reading {
	t.Helper()
	r, err := d.ReadMethods(t.Context(), admin, r, r.LacksMethods(everybody(r)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHowPeopleSignInIsAskedOnceForAList(t *testing.T) {
	f := fakeapi.New(linked("jo", "google"), fakeapi.Person("flo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		before := read(t, d, directory.ReadOptions{})
		if lacking := before.LacksMethods(everybody(before)); len(lacking) != 2 {
			t.Errorf("of nobody is it known, but only %v are to be asked for", lacking)
		}
		readMethods(t, d, before)
		r := readMethods(t, d, read(t, d, directory.ReadOptions{}))
		if f.Count("by-id") != 1 || len(f.Calls) != 2 {
			t.Errorf("calls: %v", f.Calls)
		}
		if m, asked := r.Method("jo"); !asked || !m.Told || !slices.Equal(m.Providers, []string{"google"}) {
			t.Errorf("jo: %+v, %v", m, asked)
		}
		if m, asked := r.Method("flo"); !asked || !m.Told || len(m.Providers) != 0 {
			t.Errorf("flo: %+v, %v", m, asked)
		}
		if _, asked := before.Method("jo"); asked {
			t.Error("an earlier reading has changed")
		}
	})
}

func TestHowPeopleSignInIsAskedAgainForANewListAndKnownMeanwhile(t *testing.T) {
	f := fakeapi.New(linked("jo", "google"), fakeapi.Person("flo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		readMethods(t, d, read(t, d, directory.ReadOptions{}))
		f.Edit("jo", func(u *wallaroo.User) { *u = linked("jo", "okta") })
		f.Remove("flo")
		time.Sleep(time.Second)
		r := read(t, d, directory.ReadOptions{Fresh: true})
		if m, _ := r.Method("jo"); !slices.Equal(m.Providers, []string{"google"}) {
			t.Errorf("until it is asked for, jo's is %+v", m)
		}
		if _, asked := r.Method("flo"); asked {
			t.Error("an account that is gone is remembered")
		}
		if m, _ := readMethods(t, d, r).Method("jo"); !slices.Equal(m.Providers, []string{"okta"}) {
			t.Errorf("once asked for, jo's is %+v", m)
		}
	})
}

func TestAnAccountThatTheAnswerDoesNotTellOfIsNotAskedForAgain(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		r := read(t, d, directory.ReadOptions{})
		f.Remove("jo")
		r = readMethods(t, d, r)
		if m, asked := r.Method("jo"); !asked || m.Told {
			t.Errorf("got %+v, %v", m, asked)
		}
		if lacking := r.LacksMethods(everybody(r)); len(lacking) != 0 {
			t.Errorf("%v would be asked for for ever", lacking)
		}
	})
}

func TestADetailsVisitTellsHowSomebodySignsInAndLeavesTheListAsItIs(t *testing.T) {
	f := fakeapi.New(linked("jo", "google"), fakeapi.Person("flo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		before := read(t, d, directory.ReadOptions{})
		a, err := d.Account(t.Context(), admin, "jo", directory.ReadOptions{})
		if err != nil || len(a.FederatedIdentities) != 1 {
			t.Fatal(a, err)
		}
		r := read(t, d, directory.ReadOptions{})
		if m, _ := r.Method("jo"); !slices.Equal(m.Providers, []string{"google"}) {
			t.Errorf("got %+v", m)
		}
		if r.Snapshot != before.Snapshot {
			t.Error("everybody was sorted and indexed again though nothing had changed")
		}
		f.Edit("jo", func(u *wallaroo.User) { u.EmailVerified ^= wallaroo.False ^ wallaroo.True })
		if _, err := d.Account(t.Context(), admin, "jo", directory.ReadOptions{}); err != nil {
			t.Fatal(err)
		}
		now, _ := read(t, d, directory.ReadOptions{}).ByID("jo")
		if old, _ := before.ByID("jo"); now.EmailVerified == old.EmailVerified {
			t.Error("a change that the details page saw is not in the list")
		}
	})
}
