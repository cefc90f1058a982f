package directory_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

var down = &wallaroo.Error{Op: "query", Kind: wallaroo.ErrServer, Status: 500, Sent: true}

func TestAYoungListIsNotReadAgain(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		for range 5 {
			r, err := d.Read(t.Context(), admin, directory.ReadOptions{})
			if err != nil || r.Total != 1 {
				t.Fatal(r, err)
			}
			time.Sleep(5 * time.Second)
		}
		if n := f.Count("list"); n != 1 {
			t.Errorf("the list was read %d times", n)
		}
	})
}

func TestAnOlderListIsShownAndRenewedBehind(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		read(t, d, directory.ReadOptions{})
		f.Edit("flo", func(u *wallaroo.User) { *u = fakeapi.Person("flo", true) })
		time.Sleep(31 * time.Second)
		f.OnList = func() error { time.Sleep(time.Second); return nil }
		if r := read(t, d, directory.ReadOptions{}); r.Total != 1 {
			t.Errorf("the older list has %d", r.Total)
		}
		time.Sleep(2 * time.Second)
		if r := read(t, d, directory.ReadOptions{}); r.Total != 2 || f.Count("list") != 2 {
			t.Errorf("the renewed list has %d after %d reads", r.Total, f.Count("list"))
		}
	})
}

func TestAVeryOldListIsWaitedFor(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		read(t, d, directory.ReadOptions{})
		f.Edit("flo", func(u *wallaroo.User) { *u = fakeapi.Person("flo", true) })
		time.Sleep(time.Hour)
		if r := read(t, d, directory.ReadOptions{}); r.Total != 2 {
			t.Errorf("got %d", r.Total)
		}
	})
}

func read(t *testing.T, d *directory.Directory, p directory.ReadOptions) directory.Reading {
	t.Helper()
	r, err := d.Read(t.Context(), admin, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestConcurrentReadersShareOneRead(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	f.OnList = func() error { time.Sleep(time.Second); return nil }
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if r, err := d.Read(t.Context(), admin, directory.ReadOptions{}); err != nil || r.Total != 1 {
					t.Error(r, err)
				}
			})
		}
		all.Wait()
		if n := f.Count("list"); n != 1 {
			t.Errorf("the list was read %d times", n)
		}
	})
}

func TestALongFirstReadIsNotWaitedForWithoutEnd(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	f.OnList = func() error { time.Sleep(10 * time.Second); return nil }
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		if _, err := d.Read(t.Context(), admin, directory.ReadOptions{Wait: time.Second}); !errors.Is(err, directory.ErrReading) {
			t.Fatal(err)
		}
		if r := read(t, d, directory.ReadOptions{}); r.Total != 1 || f.Count("list") != 1 {
			t.Errorf("got %d after %d reads", r.Total, f.Count("list"))
		}
	})
}

func TestNobodyIsShownAListThatTheirTokenDidNotFetch(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	f.Refused["t0"] = true
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		good := &fakeapi.Tokens{N: 7}
		if _, err := d.Read(t.Context(), as("a", good), directory.ReadOptions{}); err != nil {
			t.Fatal(err)
		}
		bad := &fakeapi.Tokens{Err: errors.New("no session")}
		if r, err := d.Read(t.Context(), as("b", bad), directory.ReadOptions{}); err == nil {
			t.Errorf("b was shown %d users", r.Total)
		}
	})
}

func TestWhenTheAPIFailsTheLastListStaysAndSaysSo(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		read(t, d, directory.ReadOptions{})
		f.OnList = func() error { return down }
		time.Sleep(31 * time.Second)
		read(t, d, directory.ReadOptions{})
		synctest.Wait()
		r := read(t, d, directory.ReadOptions{})
		if r.Total != 1 || r.Stale == nil || !errors.Is(r.Stale.Err, wallaroo.ErrServer) {
			t.Errorf("got %d users, stale %v", r.Total, r.Stale)
		}
		f.OnList = nil
		if r := read(t, d, directory.ReadOptions{Fresh: true}); r.Stale != nil {
			t.Errorf("still stale: %v", r.Stale)
		}
	})
}

func TestARefusalDropsTheList(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		read(t, d, directory.ReadOptions{})
		f.OnList = func() error {
			return &wallaroo.Error{Op: "query", Kind: wallaroo.ErrForbidden, Status: 403, Sent: true}
		}
		if _, err := d.Read(t.Context(), admin, directory.ReadOptions{Fresh: true}); !errors.Is(err, wallaroo.ErrForbidden) {
			t.Errorf("got %v", err)
		}
		if !d.Worked(admin.Key) {
			t.Error("that it worked before is forgotten")
		}
	})
}

func TestSec24_A401IsTriedOnceMoreWithARenewedToken(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	f.Refused["t0"] = true
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		mine := &fakeapi.Tokens{}
		if _, err := d.Read(t.Context(), as("a", mine), directory.ReadOptions{}); err != nil || mine.Renewed != 1 {
			t.Errorf("%v after %d renewals", err, mine.Renewed)
		}
		f.Refused["t1"], f.Refused["t2"] = true, true
		before := f.Count("list")
		_, err := d.Read(t.Context(), as("a", mine), directory.ReadOptions{Fresh: true})
		if !errors.Is(err, wallaroo.ErrUnauthorized) || mine.Renewed != 2 || f.Count("list") != before+2 {
			t.Errorf("%v after %d renewals and %d calls", err, mine.Renewed, f.Count("list")-before)
		}
	})
}

func TestAListBegunBeforeAChangeDoesNotUndoIt(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true), fakeapi.Person("flo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		read(t, d, directory.ReadOptions{})
		time.Sleep(31 * time.Second)
		f.OnList = func() error { time.Sleep(5 * time.Second); return nil } // answers what was so before
		read(t, d, directory.ReadOptions{})
		time.Sleep(time.Second)
		deactivated(t, d, f, "jo", "e1")
		time.Sleep(10 * time.Second)
		r := read(t, d, directory.ReadOptions{})
		if jo, _ := r.ByID("jo"); jo.Enabled != wallaroo.False || r.Active != 1 {
			t.Errorf("jo is active again in the list; %d active", r.Active)
		}
	})
}

func TestListsOfManyAdministratorsAreBounded(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		for i := range 200 {
			if _, err := d.Read(t.Context(), as(string(rune('a'+i)), &fakeapi.Tokens{}), directory.ReadOptions{}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		if d.Worked("a") || !d.Worked(string(rune('a'+199))) {
			t.Error("the list looked at longest ago was not the one dropped")
		}
	})
}

func TestAnUnusedListIsDropped(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		const idle = time.Hour
		look := func(key string) {
			if _, err := d.Read(t.Context(), as(key, &fakeapi.Tokens{}), directory.ReadOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		look("gone")
		look("here")
		time.Sleep(idle - time.Second)
		look("here")
		if d.DropUnused(idle); !d.Worked("gone") || !d.Worked("here") {
			t.Error("dropped too early")
		}
		time.Sleep(time.Second)
		if d.DropUnused(idle); d.Worked("gone") || !d.Worked("here") {
			t.Errorf("not dropped: %v, of who is there: %v", d.Worked("gone"), !d.Worked("here"))
		}
		before := f.Count("list")
		if look("gone"); f.Count("list") != before+1 {
			t.Error("who comes back is not shown a list that was read anew")
		}
	})
}
