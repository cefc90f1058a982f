package directory_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

func TestAListFollowsWhatOthersChangeThroughTheDashboard(t *testing.T) {
	f := newFake(person("jo", true), person("flo", true))
	var log []directory.Changed
	synctest.Test(t, func(t *testing.T) {
		d := directory.New(f, directory.Options{
			Writes: f,
			MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
			Changed: func(_ context.Context, since time.Time) ([]directory.Changed, error) {
				var found []directory.Changed
				for _, ch := range log {
					if !ch.At.Before(since) {
						found = append(found, ch)
					}
				}
				return found, nil
			},
		})
		defer d.Close()
		read(t, d, directory.Patience{})
		time.Sleep(time.Second)
		f.change("jo", func(u *wallaroo.User) { u.Enabled = false })
		log = append(log, directory.Changed{Event: "e1", Account: "jo", Actor: "somebody else", At: time.Now()})
		time.Sleep(time.Second)
		for range 3 {
			if jo, _ := read(t, d, directory.Patience{}).ByID("jo"); jo.Enabled || !jo.LastLogin.Never() {
				t.Error("the list did not follow, or forgot what only a whole read tells")
			}
		}
		if f.count("list") != 1 || f.count("by-id jo") != 1 {
			t.Errorf("calls: %v", f.calls)
		}
		a, err := d.Prepare(t.Context(), admin, "flo", false)
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, directory.Changed{Event: "e2", Account: "flo", Actor: admin.Key, At: time.Now()})
		time.Sleep(time.Millisecond)
		if _, err := d.SetActive(t.Context(), admin, a, false); err != nil {
			t.Fatal(err)
		}
		before := f.count("by-id")
		read(t, d, directory.Patience{})
		if f.count("by-id") != before {
			t.Error("one's own change was read again")
		}
		synctest.Wait()
	})
}

// slowAPI keeps by-id answers back that it has got already.
type slowAPI struct {
	*fakeAPI
	answered func()
}

func (s *slowAPI) UsersByID(ctx context.Context, token string, ids ...string) ([]wallaroo.User, error) {
	users, err := s.fakeAPI.UsersByID(ctx, token, ids...)
	s.answered()
	return users, err
}

func (s *slowAPI) UserByID(ctx context.Context, token, id string) (wallaroo.User, []byte, bool, error) {
	u, raw, found, err := s.fakeAPI.UserByID(ctx, token, id)
	s.answered()
	return u, raw, found, err
}

// Two browsers of one administrator: the second asks while the first one's request is still catching up.
func TestNobodyIsShownTheOldListWhileAnotherRequestCatchesUp(t *testing.T) {
	f := newFake(person("jo", true))
	synctest.Test(t, func(t *testing.T) {
		var log []directory.Changed
		slow := &slowAPI{fakeAPI: f, answered: func() { time.Sleep(time.Second) }}
		d := directory.New(slow, directory.Options{
			Writes: slow,
			MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
			Changed: func(context.Context, time.Time) ([]directory.Changed, error) { return log, nil },
		})
		defer d.Close()
		read(t, d, directory.Patience{})
		f.change("jo", func(u *wallaroo.User) { u.Enabled = false })
		log = []directory.Changed{{Event: "e1", Account: "jo", Actor: "somebody else", At: time.Now()}}
		// The first gives up; the second relies on it all the same.
		ctx, giveUp := context.WithTimeout(t.Context(), time.Millisecond)
		defer giveUp()
		go func() { _, _ = d.Read(ctx, admin, directory.Patience{}) }()
		synctest.Wait()
		if jo, _ := read(t, d, directory.Patience{}).ByID("jo"); jo.Enabled {
			t.Error("the list from before the change was shown")
		}
		if f.count("by-id jo") != 1 {
			t.Errorf("calls: %v", f.calls)
		}
		synctest.Wait()
	})
}

func TestAnAnswerThatComesLateDoesNotUndoALaterOne(t *testing.T) {
	f := newFake(person("jo", true))
	synctest.Test(t, func(t *testing.T) {
		slow := &slowAPI{fakeAPI: f, answered: func() {}}
		d := directory.New(slow, directory.Options{Writes: slow, MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler)})
		defer d.Close()
		read(t, d, directory.Patience{})
		time.Sleep(time.Second)
		a, err := d.Prepare(t.Context(), admin, "jo", false)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		slow.answered = func() { time.Sleep(time.Minute / 4) }
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = d.Account(t.Context(), admin, "jo", directory.Patience{})
		}()
		synctest.Wait() // it has the account as it is before the change
		slow.answered = func() {}
		time.Sleep(time.Second)
		if _, err := d.SetActive(t.Context(), admin, a, false); err != nil {
			t.Fatal(err)
		}
		<-done
		if jo, _ := read(t, d, directory.Patience{}).ByID("jo"); jo.Enabled {
			t.Error("an answer from before the change was taken for the truth")
		}
	})
}

// The other replica has written its intent down and not asked the API yet when this one looks at the account.
func TestAChangeByTheSameAdministratorOnAnotherReplicaIsFollowedThoughTheAccountWasReadMeanwhile(t *testing.T) {
	f := newFake(person("jo", true))
	synctest.Test(t, func(t *testing.T) {
		var log []directory.Changed
		d := directory.New(f, directory.Options{
			Writes: f,
			MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
			Changed: func(context.Context, time.Time) ([]directory.Changed, error) { return log, nil },
		})
		defer d.Close()
		read(t, d, directory.Patience{})
		intent := time.Now()
		time.Sleep(time.Second)
		if _, err := d.Account(t.Context(), admin, "jo", directory.Patience{}); err != nil {
			t.Fatal(err)
		}
		f.change("jo", func(u *wallaroo.User) { u.Enabled = false })
		log = []directory.Changed{{Event: "e1", Account: "jo", Actor: admin.Key, At: intent}}
		if jo, _ := read(t, d, directory.Patience{}).ByID("jo"); jo.Enabled {
			t.Error("the list shows the account as it was before the change")
		}
		synctest.Wait()
	})
}

func TestAChangeThatTookLongIsFollowedOnce(t *testing.T) {
	f := newFake(person("jo", true))
	synctest.Test(t, func(t *testing.T) {
		var log []directory.Changed
		d := directory.New(f, directory.Options{
			Writes: f,
			MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
			Changed: func(context.Context, time.Time) ([]directory.Changed, error) { return log, nil },
		})
		defer d.Close()
		read(t, d, directory.Patience{})
		log = []directory.Changed{{Event: "e1", Account: "jo", Actor: "somebody else", At: time.Now().Add(-5 * time.Minute)}}
		for range 3 {
			read(t, d, directory.Patience{})
		}
		if n := f.count("by-id jo"); n != 1 {
			t.Errorf("read %d times", n)
		}
	})
}
