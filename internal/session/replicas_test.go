package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wallaroo-user-admin/internal/session"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
)

func TestSec47_ASavedSignOutEndsTheSessionOnTheServer(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		cookie := f.signIn(nil)
		s := f.read(cookie)
		s.Options.MaxAge = -1
		w := httptest.NewRecorder()
		if err := f.Save(request(cookie), w, s); err != nil {
			t.Fatal(err)
		}
		if gone := f.cookie(w); gone.Value != "" || gone.MaxAge >= 0 || gone.Name != cookie.Name || gone.Path != "/" || !gone.Secure {
			t.Errorf("the cookie's end: %s", gone)
		}
		if !f.read(cookie).IsNew || f.count() != 0 {
			t.Error("a copied cookie is alive")
		}
		// Without a session, signing out only takes the cookie away.
		nobody := f.read()
		nobody.Options.MaxAge = -1
		if err := f.Save(request(), httptest.NewRecorder(), nobody); err != nil {
			t.Error(err)
		}
	})
}

func TestAnEndedSessionIsNotSavedAgain(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		cookie := f.signIn(nil)
		s := f.read(cookie)
		if err := f.End(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		if err := f.Save(request(cookie), w, s); !errors.Is(err, session.ErrEnded) || len(w.Header()["Set-Cookie"]) != 0 {
			t.Errorf("Save: %v, cookies %v", err, w.Header()["Set-Cookie"])
		}
		if stored, err := f.Replace(t.Context(), s); stored || err != nil {
			t.Errorf("Replace: %v, %v", stored, err)
		}
		if found, err := f.Reload(t.Context(), s); found || err != nil {
			t.Errorf("Reload: %v, %v", found, err)
		}
		if mark, ok, err := f.Lease(t.Context(), s.ID, "me", ""); mark != "" || ok || err != nil {
			t.Errorf("Lease: %q, %v, %v", mark, ok, err)
		}
		if f.count() != 0 {
			t.Error("a row came back")
		}
	})
}

func TestReplaceIsCompareAndSwap(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		cookie := f.signIn(map[string]string{"token": "1"})
		mine, theirs := f.read(cookie), f.read(cookie)
		theirs.Values["token"] = "2"
		if stored, err := f.Replace(ctx, theirs); !stored || err != nil {
			t.Fatal(stored, err)
		}
		mine.Values["token"] = "stale"
		if stored, err := f.Replace(ctx, mine); stored || err != nil {
			t.Errorf("a stale write: %v, %v", stored, err)
		}
		if err := f.Save(request(cookie), httptest.NewRecorder(), mine); !errors.Is(err, session.ErrConflict) {
			t.Errorf("a stale save: %v", err)
		}
		if found, err := f.Reload(ctx, mine); !found || err != nil || mine.Values["token"] != "2" {
			t.Errorf("Reload: %v, %v, %v", found, err, mine.Values["token"])
		}
		// The writer goes on from what it wrote, the reader from what it reloaded.
		mine.Values["token"] = "3"
		if stored, err := f.Replace(ctx, mine); !stored || err != nil {
			t.Error(stored, err)
		}
		if got := f.read(cookie).Values["token"]; got != "3" {
			t.Errorf("kept %v", got)
		}
	})
}

// TestSec36_OneRefreshAtATime has many requests on two replicas increase one counter as they would refresh one token:
// read, lease, reload, replace.
func TestSec36_OneRefreshAtATime(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		replicas := []*fixture{newFixture(t, storetest.Open(t, url), nil), newFixture(t, storetest.Open(t, url), nil)}
		cookie := replicas[0].signIn(map[string]string{"n": "0"})
		var holding, most, done atomic.Int32
		var wg sync.WaitGroup
		for i := range 12 {
			f := replicas[i%2]
			wg.Go(func() {
				for done.Load() < 20 {
					f.increase(cookie, "caller "+strconv.Itoa(i), &holding, &most, &done)
				}
			})
		}
		wg.Wait()
		if most.Load() != 1 {
			t.Errorf("%d held the lease at once", most.Load())
		}
		if n := replicas[1].read(cookie).Values["n"]; n != strconv.Itoa(int(done.Load())) {
			t.Errorf("%v after %d refreshes", n, done.Load())
		}
	})
}

// increase adds one under the lease, if it gets it. An error stops all workers.
func (f *fixture) increase(cookie *http.Cookie, owner string, holding, most, done *atomic.Int32) {
	ctx := f.t.Context()
	fail := func(what string, err error) {
		f.t.Errorf("%s: %v", what, err)
		done.Store(1000)
	}
	s, err := f.New(request(cookie), sessionName)
	if err != nil {
		fail("New", err)
		return
	}
	_, ok, err := f.Lease(ctx, s.ID, owner, "")
	if err != nil {
		fail("Lease", err)
	}
	if err != nil || !ok {
		return
	}
	defer func() {
		if err := f.Release(ctx, s.ID, owner); err != nil {
			fail("Release", err)
		}
	}()
	if now := holding.Add(1); now > most.Load() {
		most.Store(now)
	}
	defer holding.Add(-1)
	if found, err := f.Reload(ctx, s); !found || err != nil {
		fail("Reload", err)
		return
	}
	text, _ := s.Values["n"].(string)
	n, err := strconv.Atoi(text)
	if err != nil {
		fail("the counter", err)
		return
	}
	s.Values["n"] = strconv.Itoa(n + 1)
	if stored, err := f.Replace(ctx, s); !stored || err != nil {
		fail("a write under the lease was lost", err)
		return
	}
	done.Add(1)
}

// TestSec36_ALeaseIsKeptByHeartbeatsAndExpiresWithoutThem goes through what replicas may do with one lease, in turn.
func TestSec36_ALeaseIsKeptByHeartbeatsAndExpiresWithoutThem(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		replicas := map[string]*fixture{
			"one": newFixture(t, storetest.Open(t, url), nil), "two": newFixture(t, storetest.Open(t, url), nil),
		}
		// Their clocks are twenty minutes apart, which is to make no difference.
		replicas["two"].clock.advance(20 * time.Minute)
		cookie := replicas["one"].signIn(nil)
		ask := func(owner, stuck string, granted bool) (mark string) {
			t.Helper()
			mark, ok, err := replicas[owner].Lease(t.Context(), cookie.Value, owner, stuck)
			if err != nil || ok != granted {
				t.Fatalf("%s, with %q as stuck: %v, %v", owner, stuck, ok, err)
			}
			return mark
		}
		release := func(owner string) {
			t.Helper()
			if err := replicas[owner].Release(t.Context(), cookie.Value, owner); err != nil {
				t.Fatal(err)
			}
		}
		ask("one", "", true)
		first := ask("two", "", false)
		if again := ask("two", "", false); first == "" || again != first {
			t.Errorf("marks of one that stands still: %q, %q", first, again)
		}
		ask("one", "", true) // a beat
		second := ask("two", first, false)
		if second == first {
			t.Errorf("a beat did not change the mark %q", first)
		}
		release("two") // of what is another's: does nothing
		if still := ask("two", "", false); still != second {
			t.Errorf("mark %q, then %q", second, still)
		}
		ask("two", second, true)
		third := ask("one", "", false) // its beat is refused, so it hears that it was taken for dead
		release("one")
		if still := ask("one", "", false); still != third {
			t.Error("a late release gave away somebody else's lease")
		}
		release("two")
		ask("one", third, true)
		release("one")
		ask("two", "", true)
	})
}

// Of those who find the holder dead at the same time, one takes the lease over.
func TestSec36_AnExpiredLeaseIsTakenByOneReplica(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		replicas := []*fixture{newFixture(t, storetest.Open(t, url), nil), newFixture(t, storetest.Open(t, url), nil)}
		id := replicas[0].signIn(nil).Value
		if _, ok, err := replicas[0].Lease(t.Context(), id, "dead", ""); !ok || err != nil {
			t.Fatal(ok, err)
		}
		mark, _, err := replicas[1].Lease(t.Context(), id, "asks", "")
		if err != nil {
			t.Fatal(err)
		}
		var granted atomic.Int32
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				_, ok, err := replicas[i%2].Lease(t.Context(), id, strconv.Itoa(i), mark)
				if err != nil {
					t.Error(err)
				}
				if ok {
					granted.Add(1)
				}
			})
		}
		wg.Wait()
		if granted.Load() != 1 {
			t.Errorf("%d took over", granted.Load())
		}
	})
}

func TestSec49_SessionsEndByProviderSessionAndBySubject(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		one := f.signIn(map[string]string{"subject": "a", "sid": "1"})
		two := f.signIn(map[string]string{"subject": "a", "sid": "2"})
		other := f.signIn(map[string]string{"subject": "b", "sid": "3"})
		// A name that is both a subject and a provider's session.
		cross := f.signIn(map[string]string{"subject": "1", "sid": "a"})
		bare := f.signIn(map[string]string{"subject": "", "sid": ""})

		if subjects, err := f.EndByProviderSession(ctx, "1"); !slices.Equal(subjects, []string{"a"}) || err != nil {
			t.Errorf("by provider session: %q, %v", subjects, err)
		}
		if !f.read(one).IsNew || f.read(two).IsNew || f.read(cross).IsNew {
			t.Error("the wrong session ended")
		}
		if n, err := f.EndBySubject(ctx, "a"); n != 1 || err != nil {
			t.Errorf("by subject: %d, %v", n, err)
		}
		if !f.read(two).IsNew || f.read(other).IsNew || f.read(cross).IsNew {
			t.Error("the wrong session ended")
		}
		if n, err := f.EndBySubject(ctx, ""); n != 0 || err != nil {
			t.Errorf("by no subject: %d, %v", n, err)
		}
		for _, sid := range []string{"", "1"} { // nothing, and what has ended
			if subjects, err := f.EndByProviderSession(ctx, sid); len(subjects) != 0 || err != nil {
				t.Errorf("by %q: %q, %v", sid, subjects, err)
			}
		}
		f.signIn(map[string]string{"subject": "c", "sid": "5"})
		f.signIn(map[string]string{"subject": "c", "sid": "5"})
		f.signIn(map[string]string{"subject": "d", "sid": "5"})
		subjects, err := f.EndByProviderSession(ctx, "5")
		if slices.Sort(subjects); !slices.Equal(subjects, []string{"c", "d"}) || err != nil {
			t.Errorf("several of one provider's session: %q, %v", subjects, err)
		}
		if f.read(bare).IsNew || f.read(other).IsNew {
			t.Error("a session ended by nothing")
		}
	})
}

func TestSec51_AKeyCountsOnce(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		replicas := []*fixture{newFixture(t, storetest.Open(t, url), nil), newFixture(t, storetest.Open(t, url), nil)}
		until := replicas[0].clock.now().Add(time.Minute)
		var firsts atomic.Int32
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				first, err := replicas[i%2].UseOnce(t.Context(), "jti:1", until)
				if err != nil {
					t.Error(err)
				}
				if first {
					firsts.Add(1)
				}
			})
		}
		wg.Wait()
		if firsts.Load() != 1 {
			t.Errorf("it counted %d times", firsts.Load())
		}
		f := replicas[0]
		used := func(key string, want bool) {
			t.Helper()
			if got, err := f.Used(t.Context(), key); got != want || err != nil {
				t.Errorf("%s used: %v, %v", key, got, err)
			}
		}
		used("jti:1", true)
		used("jti:2", false)
		if first, err := f.UseOnce(t.Context(), "jti:2", until); !first || err != nil {
			t.Errorf("another key, only asked about: %v, %v", first, err)
		}
		f.clock.advance(time.Minute)
		used("jti:1", false)
		if first, err := f.UseOnce(t.Context(), "jti:1", f.clock.now().Add(time.Minute)); !first || err != nil {
			t.Errorf("after its time: %v, %v", first, err)
		}
	})
}

func TestListShowsAPersonsSessions(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		begin := f.clock.now()
		phone := f.signIn(map[string]string{"subject": "a", "access_token": "hush"})
		f.clock.advance(time.Minute)
		laptop := f.signIn(map[string]string{"subject": "a"})
		stranger := f.signIn(map[string]string{"subject": "b"})

		infos, err := f.List(ctx, "a", laptop.Value)
		if err != nil || len(infos) != 2 {
			t.Fatal(infos, err)
		}
		if !infos[0].Current || infos[1].Current || strings.Contains(fmt.Sprint(infos), "hush") {
			t.Errorf("got %+v", infos)
		}
		if !infos[1].Created.Equal(begin) || !infos[1].Expires.Equal(begin.Add(30*time.Minute)) {
			t.Errorf("times %+v", infos[1])
		}

		if ended, err := f.EndListed(ctx, "b", infos[1].Ref); ended || err != nil {
			t.Errorf("a stranger ended it: %v, %v", ended, err)
		}
		if ended, err := f.EndListed(ctx, "a", infos[1].Ref); !ended || err != nil || !f.read(phone).IsNew {
			t.Errorf("not ended: %v, %v", ended, err)
		}
		if !f.read(phone).IsNew || f.read(&http.Cookie{Name: laptop.Name, Value: infos[0].Ref}).ID != "" {
			t.Error("a ref is a way in")
		}
		tablet := f.signIn(map[string]string{"subject": "a"})
		if n, err := f.EndOthers(ctx, "a", laptop.Value); n != 1 || err != nil {
			t.Errorf("others: %d, %v", n, err)
		}
		if f.read(laptop).IsNew || !f.read(tablet).IsNew || f.read(stranger).IsNew {
			t.Error("the wrong ones ended")
		}
		if infos, err := f.List(ctx, "", ""); len(infos) != 0 || err != nil {
			t.Errorf("nobody's sessions: %v, %v", infos, err)
		}
	})
}

// A second process that opens the same database serves the same sessions.
func TestASessionIsGoodOnEveryReplica(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		open := func() *store.DB { return storetest.Open(t, url) }
		first, second := newFixture(t, open(), nil), newFixture(t, open(), nil)
		cookie := first.signIn(map[string]string{"who": "me"})
		if second.read(cookie).Values["who"] != "me" {
			t.Error("the other replica doesn't know it")
		}
		if err := second.End(t.Context(), cookie.Value); err != nil || !first.read(cookie).IsNew {
			t.Errorf("ended on one replica, alive on the other; %v", err)
		}
	})
}
