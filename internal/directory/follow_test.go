package directory_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

func TestAListFollowsWhatOthersChangeThroughTheDashboard(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true), fakeapi.Person("flo", true))
	var log []directory.Changed
	synctest.Test(t, func(t *testing.T) {
		d := directory.New(f, directory.Options{
			MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
			Changed: func(context.Context, time.Time) ([]directory.Changed, bool, error) { return log, true, nil },
		})
		defer d.Close()
		read(t, d, directory.ReadOptions{})
		time.Sleep(time.Second)
		f.Edit("jo", func(u *wallaroo.User) { u.Enabled = wallaroo.False })
		log = append(log, directory.Changed{Event: "e1", Account: "jo"})
		time.Sleep(time.Second)
		for range 3 {
			if jo, _ := read(t, d, directory.ReadOptions{}).ByID("jo"); jo.Enabled != wallaroo.False || !jo.LastLogin.Never() {
				t.Error("the list did not follow, or forgot what only a whole read tells")
			}
		}
		if f.Count("list") != 1 || f.Count("by-id jo") != 1 {
			t.Errorf("calls: %v", f.Calls)
		}
		deactivated(t, d, f, "flo", "e2")
		log = append(log, directory.Changed{Event: "e2", Account: "flo"})
		before := f.Count("by-id")
		read(t, d, directory.ReadOptions{})
		if f.Count("by-id") != before {
			t.Error("one's own change was read again")
		}
		synctest.Wait()
	})
}

// slowAPI delays by-id answers after it has computed them.
type slowAPI struct {
	*fakeapi.API
	answered func()
}

func (s *slowAPI) UsersByID(ctx context.Context, token string, ids ...string) ([]wallaroo.User, error) {
	users, err := s.API.UsersByID(ctx, token, ids...)
	s.answered()
	return users, err
}

func (s *slowAPI) UserByID(ctx context.Context, token, id string) (wallaroo.User, []byte, bool, error) {
	u, raw, found, err := s.API.UserByID(ctx, token, id)
	s.answered()
	return u, raw, found, err
}

// Two browsers of one administrator: the second sends a request while the first one's is still following changes.
func TestNobodyIsShownTheOldListWhileAnotherRequestCatchesUp(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	synctest.Test(t, func(t *testing.T) {
		var log []directory.Changed
		slow := &slowAPI{API: f, answered: func() { time.Sleep(time.Second) }}
		d := directory.New(slow, directory.Options{
			MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
			Changed: func(context.Context, time.Time) ([]directory.Changed, bool, error) { return log, true, nil },
		})
		defer d.Close()
		read(t, d, directory.ReadOptions{})
		f.Edit("jo", func(u *wallaroo.User) { u.Enabled = wallaroo.False })
		log = []directory.Changed{{Event: "e1", Account: "jo"}}
		// The first gives up; the second relies on it all the same.
		ctx, giveUp := context.WithTimeout(t.Context(), time.Millisecond)
		defer giveUp()
		go func() { _, _ = d.Read(ctx, admin, directory.ReadOptions{}) }()
		synctest.Wait()
		if jo, _ := read(t, d, directory.ReadOptions{}).ByID("jo"); jo.Enabled != wallaroo.False {
			t.Error("the list from before the change was shown")
		}
		if f.Count("by-id jo") != 1 {
			t.Errorf("calls: %v", f.Calls)
		}
		synctest.Wait()
	})
}

func TestAnAnswerThatComesLateDoesNotUndoALaterOne(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	synctest.Test(t, func(t *testing.T) {
		slow := &slowAPI{API: f, answered: func() {}}
		d := directory.New(slow, directory.Options{MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler)})
		defer d.Close()
		read(t, d, directory.ReadOptions{})
		time.Sleep(time.Second)
		slow.answered = func() { time.Sleep(time.Minute / 4) }
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = d.Account(t.Context(), admin, "jo", directory.ReadOptions{})
		}()
		synctest.Wait() // it has the account as it is before the change
		slow.answered = func() {}
		time.Sleep(time.Second)
		deactivated(t, d, f, "jo", "e1")
		<-done
		if jo, _ := read(t, d, directory.ReadOptions{}).ByID("jo"); jo.Enabled != wallaroo.False {
			t.Error("an answer from before the change was taken for the truth")
		}
	})
}

// The other replica has written its intent and not yet called the API when this one looks at the account.
func TestAChangeByTheSameAdministratorOnAnotherReplicaIsFollowedThoughTheAccountWasReadMeanwhile(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	synctest.Test(t, func(t *testing.T) {
		var log []directory.Changed
		d := directory.New(f, directory.Options{
			MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
			Changed: func(context.Context, time.Time) ([]directory.Changed, bool, error) { return log, true, nil },
		})
		defer d.Close()
		read(t, d, directory.ReadOptions{})
		time.Sleep(time.Second)
		if _, err := d.Account(t.Context(), admin, "jo", directory.ReadOptions{}); err != nil {
			t.Fatal(err)
		}
		f.Edit("jo", func(u *wallaroo.User) { u.Enabled = wallaroo.False })
		log = []directory.Changed{{Event: "e1", Account: "jo"}}
		if jo, _ := read(t, d, directory.ReadOptions{}).ByID("jo"); jo.Enabled != wallaroo.False {
			t.Error("the list shows the account as it was before the change")
		}
		synctest.Wait()
	})
}

func TestAChangeIsFollowedOnce(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	synctest.Test(t, func(t *testing.T) {
		d := following(f, []directory.Changed{{Event: "e1", Account: "jo"}}, true)
		defer d.Close()
		for range 3 {
			read(t, d, directory.ReadOptions{})
		}
		if n := f.Count("by-id jo"); n != 1 {
			t.Errorf("read %d times", n)
		}
	})
}

// Another administrator's run over many accounts costs one list, neither a call with hundreds of ids nor a list for
// each request.
func TestManyChangesAreFollowedByOneList(t *testing.T) {
	many := make([]directory.Changed, 300)
	for i := range many {
		many[i] = directory.Changed{Event: fmt.Sprint("e", i), Account: fmt.Sprint("u", i)}
	}
	for name, row := range map[string]struct {
		changed []directory.Changed
		all     bool
	}{
		"many accounts":           {many, true},
		"more than the log tells": {many[:1], false},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeapi.New(fakeapi.Person("jo", true))
			synctest.Test(t, func(t *testing.T) {
				d := directory.New(f, directory.Options{
					MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
					Changed: func(context.Context, time.Time) ([]directory.Changed, bool, error) {
						return row.changed, row.all || f.Count("list") > 1, nil
					},
				})
				defer d.Close()
				for range 4 {
					read(t, d, directory.ReadOptions{})
				}
				if f.Count("list") != 2 || f.Count("by-id") != 0 {
					t.Errorf("calls: %v", f.Calls)
				}
			})
		})
	}
}

func following(f *fakeapi.API, changed []directory.Changed, all bool) *directory.Directory {
	return directory.New(f, directory.Options{
		MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
		Changed: func(context.Context, time.Time) ([]directory.Changed, bool, error) { return changed, all, nil },
	})
}

// deactivated changes an account as package changes does: by the API, and read back.
func deactivated(t *testing.T, d *directory.Directory, f *fakeapi.API, id, event string) {
	t.Helper()
	f.Edit(id, func(u *wallaroo.User) { u.Enabled = wallaroo.False })
	if a, err := d.ReadBack(t.Context(), admin, id, event); err != nil || a.Enabled != wallaroo.False {
		t.Fatalf("read back: %v", err)
	}
}
