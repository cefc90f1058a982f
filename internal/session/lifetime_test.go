package session_test

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"wallaroo-user-admin/internal/session"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
)

func TestSec30_ASessionEndsWhenItIsNotUsed(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		cookie := f.signIn(nil)
		for range 5 {
			f.clock.advance(29 * time.Minute)
			if f.read(cookie).IsNew {
				t.Fatal("it ended although it was used")
			}
		}
		f.clock.advance(30 * time.Minute)
		if !f.read(cookie).IsNew {
			t.Error("it lives after its idle time")
		}
	})
}

func TestSec30_ASessionEndsAfterItsMaximumThoughItIsUsed(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		cookie := f.signIn(nil)
		for range 35 { // 11 h 40 min
			f.clock.advance(20 * time.Minute)
			s := f.read(cookie)
			if s.IsNew {
				t.Fatal("it ended too soon")
			}
			// Writing doesn't lengthen it either.
			if stored, err := f.Replace(t.Context(), s); err != nil || !stored {
				t.Fatal(stored, err)
			}
		}
		f.clock.advance(20 * time.Minute)
		if !f.read(cookie).IsNew {
			t.Error("it lives after its longest time")
		}
	})
}

func TestSec30_ShorterLifetimesCountForOldSessions(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		long := newFixture(t, db, nil)
		cookie := long.signIn(nil)
		short := newFixture(t, db, func(o *session.Options) { o.Idle = time.Minute })
		short.clock.advance(2 * time.Minute)
		if !short.read(cookie).IsNew {
			t.Error("a session outlives the new setting")
		}
		if n, err := short.Prune(t.Context()); n != 1 || err != nil {
			t.Errorf("pruned %d, %v", n, err)
		}
	})
}

func TestLastUseIsWrittenRarely(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		cookie := f.signIn(map[string]string{"subject": "s"})
		begin := f.clock.now()
		lastSeen := func() time.Duration {
			t.Helper()
			infos, err := f.List(t.Context(), "s", "")
			if err != nil || len(infos) != 1 {
				t.Fatal(infos, err)
			}
			return infos[0].LastSeen.Sub(begin)
		}
		f.clock.advance(59 * time.Second)
		f.read(cookie)
		if got := lastSeen(); got != 0 {
			t.Errorf("noted after %v", got)
		}
		f.clock.advance(time.Second)
		f.read(cookie)
		if got := lastSeen(); got != time.Minute {
			t.Errorf("noted %v, not after a minute", got)
		}
	})
}

func TestPruneDeletesWhatIsOverAndNothingElse(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		for range 3 {
			f.signIn(nil)
		}
		for i := range 1200 { // more than two batches
			if _, err := f.UseOnce(ctx, fmt.Sprint(i), f.clock.now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.UseOnce(ctx, "late", f.clock.now().Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		f.clock.advance(time.Hour)
		alive := f.signIn(nil)
		if n, err := f.Prune(ctx); n != 3 || err != nil {
			t.Errorf("pruned %d, %v", n, err)
		}
		if f.read(alive).IsNew {
			t.Error("a live session is gone")
		}
		var keys int
		if err := f.db.QueryRowContext(ctx, `SELECT count(*) FROM used_keys`).Scan(&keys); err != nil || keys != 1 {
			t.Errorf("%d keys left, %v", keys, err)
		}
	})
}

// TestSec32_OneSubjectCannotFillTheStore signs one person in again and again.
func TestSec32_OneSubjectCannotFillTheStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		f := newFixture(t, db, func(o *session.Options) { o.MaxPerSubject = 3 })
		other := f.signIn(map[string]string{"subject": "other"})
		first := f.signIn(map[string]string{"subject": "busy"})
		last := first
		for range 5 {
			f.clock.advance(time.Second)
			last = f.signIn(map[string]string{"subject": "busy"})
		}
		if n := f.count(); n != 4 {
			t.Errorf("%d sessions are kept", n)
		}
		if !f.read(first).IsNew || f.read(last).IsNew || f.read(other).IsNew {
			t.Error("not the oldest of that subject made room")
		}
	})
}

// A visitor without a session writes nothing.
func TestSec32_ARequestWithoutASessionWritesNothing(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		for range 50 {
			f.read()
		}
		if n := f.count(); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestSecretsRotateWithoutSigningAnybodyOut(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		secrets := func(secrets ...string) *fixture {
			return newFixture(t, db, func(o *session.Options) { o.Secrets = secrets })
		}
		old := secrets(secretA)
		values := map[string]string{"subject": "s", "sid": "p"}
		cookie := old.signIn(values)
		both := secrets(secretB, secretA)
		if both.read(cookie).IsNew {
			t.Fatal("the new order signs people out")
		}
		// Written again, the row is the new secret's.
		s := both.read(cookie)
		if stored, err := both.Replace(t.Context(), s); err != nil || !stored {
			t.Fatal(stored, err)
		}
		only := secrets(secretB)
		if only.read(cookie).IsNew {
			t.Error("a rewritten session needs the old secret")
		}
		if !old.read(cookie).IsNew {
			t.Error("the old secret opens what the new one sealed")
		}
		// A row that only the old secret's hash can find is found.
		unwritten := old.signIn(values)
		if n, err := both.EndBySubject(t.Context(), "s"); n != 2 || err != nil {
			t.Errorf("ended %d, %v", n, err)
		}
		if !both.read(unwritten).IsNew {
			t.Error("a session under the old secret outlives its end")
		}
		// And a secret that is gone is a sign-in, not an error.
		lost := old.signIn(values)
		if !only.read(lost).IsNew {
			t.Error("opened without its secret")
		}
	})
}

// A row's values can be neither changed nor moved to another row.
func TestASealBelongsToItsRow(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		admin := f.signIn(map[string]string{"subject": "admin"})
		adminID := f.read(admin).ID
		plain := f.signIn(map[string]string{"subject": "plain"})
		if _, err := f.db.ExecContext(ctx, `UPDATE sessions SET sealed = (SELECT sealed FROM sessions AS s ORDER BY s.version DESC, s.subject_hash LIMIT 1)`); err != nil {
			t.Fatal(err)
		}
		a, p := f.read(admin), f.read(plain)
		if a.IsNew == p.IsNew {
			t.Errorf("after the swap: admin new %v, plain new %v; one row is its own, one is not", a.IsNew, p.IsNew)
		}
		if _, err := f.db.ExecContext(ctx, `UPDATE sessions SET sealed = $1`, []byte("short")); err != nil {
			t.Fatal(err)
		}
		if !f.read(admin).IsNew || !f.read(plain).IsNew {
			t.Error("a broken seal opens")
		}
		// It can still be ended and signed in over.
		if err := f.End(ctx, adminID); err != nil {
			t.Error(err)
		}
		if w := httptest.NewRecorder(); f.Save(request(admin), w, f.read(admin)) != nil {
			t.Error("no new session after a broken one")
		}
	})
}

func TestSec31_SessionsDoNotMix(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		const people = 20
		done := make(chan error, people)
		for i := range people {
			who := fmt.Sprintf("person-%d", i)
			cookie := f.signIn(map[string]string{"who": who})
			go func() {
				for range 20 {
					s, err := f.New(request(cookie), sessionName)
					if err != nil || s.Values["who"] != who {
						done <- fmt.Errorf("%s sees %v, %w", who, s.Values["who"], err)
						return
					}
				}
				done <- nil
			}()
		}
		for range people {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}
