package auth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/auth"
)

// still is the number of polls after which a lease is taken over with quick timing: one second, so that the holder
// may be late by 24/25 of that on a busy machine.
const still = 50

// quick shortens the lease timing of a site.
func quick(s *testSite) *testSite {
	s.rp.SetLeaseTiming(20*time.Millisecond, 20*time.Millisecond, still, 10*time.Second)
	return s
}

// holds takes the lease of the only session as another replica would, and renews it until release is called.
func holds(t *testing.T, m *memory) (release func()) {
	t.Helper()
	id := m.id()
	if _, ok, err := m.Lease(t.Context(), id, "another", ""); !ok || err != nil {
		t.Fatal(ok, err)
	}
	stop := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				if _, ok, err := m.Lease(context.Background(), id, "another", ""); !ok || err != nil {
					t.Errorf("a holder that lives was overtaken: %v", err)
					return
				}
			}
		}
	})
	return sync.OnceFunc(func() {
		close(stop)
		beating.Wait()
		if err := m.Release(context.Background(), id, "another"); err != nil {
			t.Error(err)
		}
	})
}

func TestSec36_TheLeaseOfAKilledReplicaExpiresSoon(t *testing.T) {
	t.Parallel()
	s := quick(newSite(t))
	b := s.browser()
	b.mustSignIn()
	if _, ok, err := s.memory.Lease(t.Context(), s.memory.id(), "killed", ""); !ok || err != nil {
		t.Fatal(ok, err)
	}
	s.clock.advance(testLife)
	b.mustSee()
	if n := s.provider.count("/token"); n != 2 {
		t.Errorf("%d token calls", n)
	}
	s.clock.advance(testLife)
	b.mustSee() // and the lease is free again
}

func TestSec36_TheLeaseOfAKilledReplicaExpiresWithinAShortTimeout(t *testing.T) {
	t.Parallel()
	s := newSite(t, timeoutFor("hangs"))
	s.rp.SetLeaseTiming(20*time.Millisecond, 100*time.Millisecond, still, 10*time.Second) // five seconds, after a time-out of three
	b := s.browser()
	b.mustSignIn()
	if _, ok, err := s.memory.Lease(t.Context(), s.memory.id(), "killed", ""); !ok || err != nil {
		t.Fatal(ok, err)
	}
	s.clock.advance(testLife)
	b.mustSee()
}

func TestSec36_AReplicaThatIsSlowIsNotOvertaken(t *testing.T) {
	t.Parallel()
	s := quick(newSite(t))
	replica := quick(siteOf(t, s.provider, s.memory))
	b := s.browser()
	b.mustSignIn()
	other := &browser{t: t, site: replica, client: b.client}
	entered, goOn := make(chan struct{}), make(chan struct{})
	s.provider.set(func() {
		s.provider.endpoint["/token"] = func(w http.ResponseWriter, r *http.Request) {
			close(entered) // a second call panics
			<-goOn
			s.provider.mu.Lock()
			defer s.provider.mu.Unlock()
			s.provider.serveToken(w, r)
		}
	})
	s.clock.advance(testLife)
	answers := make(chan seen, 2)
	go func() { answers <- b.get("/page") }()
	<-entered
	go func() { answers <- other.get("/page") }()
	s.memory.asks(t, 6*still) // of both, so three times as many as a holder that is dead gets
	close(goOn)
	for range 2 {
		if a := <-answers; a.status != http.StatusOK {
			t.Errorf("%d %q\n%s\n%s", a.status, a.kind(), s.log, replica.log)
		}
	}
	if n := s.provider.count("/token"); n != 2 {
		t.Errorf("%d token calls", n)
	}
}

// While the database is down, the holder can't renew its lease, and a waiter must not take it over because of that.
func TestSec36_ADatabaseThatHangsLosesNobodyTheLease(t *testing.T) {
	t.Parallel()
	s := quick(newSite(t))
	b := s.browser()
	b.mustSignIn()
	release := holds(t, s.memory)
	defer release()
	s.clock.advance(testLife)
	answered := make(chan seen, 1)
	go func() { answered <- b.get("/page") }()
	for range 3 {
		s.memory.asks(t, still/2)
		s.memory.mu.Lock()
		time.Sleep(1200 * time.Millisecond) // more than still polls take
		s.memory.mu.Unlock()
	}
	s.memory.asks(t, 2*still)
	release()
	if a := <-answered; a.status != http.StatusOK {
		t.Errorf("%d %q\n%s", a.status, a.kind(), s.log)
	}
}

// A holder that lost its lease before it used the refresh token waits for the new holder.
func TestSec36_ALostLeaseIsNotUsed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	replica := quick(siteOf(t, s.provider, s.memory))
	b := s.browser()
	b.mustSignIn()
	other := &browser{t: t, site: replica, client: b.client}
	entered, goOn := make(chan struct{}, 1), make(chan struct{})
	s.provider.set(func() {
		s.provider.endpoint[discovery] = func(w http.ResponseWriter, r *http.Request) {
			s.provider.set(func() { delete(s.provider.endpoint, discovery) })
			entered <- struct{}{}
			<-goOn
			s.provider.serve(w, r)
		}
	})
	s.clock.advance(testLife)
	answered := make(chan seen, 1)
	go func() { answered <- other.get("/page") }()
	<-entered // the replica has the lease, and has yet to learn where tokens are
	id := s.memory.id()
	s.memory.set(func() { s.memory.leases[id] = &leased{owner: "thief"} })
	s.memory.asks(t, 1) // a beat hears of it
	close(goOn)
	s.memory.asks(t, 5)
	if n := s.provider.count("/token"); n != 1 {
		t.Errorf("%d token calls: the lost lease was used", n)
	}
	if a := <-answered; a.status != http.StatusOK { // once the thief has been seen to be dead
		t.Errorf("%d %q\n%s", a.status, a.kind(), replica.log)
	}
	if n := s.provider.count("/token"); n != 2 {
		t.Errorf("%d token calls", n)
	}
}

func TestWaitingTooLongForALeaseIsNotADatabaseError(t *testing.T) {
	t.Parallel()
	for name, slow := range map[string]bool{"a quick database": false, "a read that is under way at the deadline": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quick(newSite(t, timeoutFor("hangs")))
			b := s.browser()
			b.mustSignIn()
			release := holds(t, s.memory)
			defer release()
			s.clock.advance(testLife)
			if slow {
				reads := 0
				s.memory.set(func() {
					s.memory.reloads = func(ctx context.Context) error {
						if reads++; reads < 3 { // by the request itself, and by the renewal once
							return nil
						}
						select {
						case <-time.After(3500 * time.Millisecond): // past the time-out
							return nil
						case <-ctx.Done():
							return ctx.Err()
						}
					}
				})
			}
			if a := b.get("/page"); a.kind() != auth.ProviderUnavailable || s.provider.count("/token") != 1 {
				t.Errorf("%d %q, %d token calls\n%s", a.status, a.kind(), s.provider.count("/token"), s.log)
			}
			s.memory.set(func() { s.memory.reloads = nil })
			release()
			b.mustSee()
		})
	}
}

func TestADatabaseThatHangsInARenewalIsNamed(t *testing.T) {
	t.Parallel()
	hangs := func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	for name, at := range map[string]func(m *memory) *func(context.Context) error{
		"the lease": func(m *memory) *func(context.Context) error { return &m.leasing },
		"the read":  func(m *memory) *func(context.Context) error { return &m.reloads },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, i := signedInIdentity(t)
			s.rp.SetLeaseTiming(time.Second, 20*time.Millisecond, still, 100*time.Millisecond)
			s.clock.advance(testLife)
			s.memory.set(func() { *at(s.memory) = hangs })
			if _, err := i.Token(t.Context()); !errors.Is(err, auth.StoreUnavailable) {
				t.Errorf("%v", err)
			}
			s.memory.set(func() { *at(s.memory) = nil })
			if _, err := i.Token(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAPanicInALeaseHeartbeatEndsNeitherTheRenewalNorTheProcess(t *testing.T) {
	t.Parallel()
	s := quick(newSite(t))
	b := s.browser()
	b.mustSignIn()
	panicked, calls := make(chan struct{}), 0
	s.memory.set(func() {
		s.memory.leasing = func(context.Context) error {
			if calls++; calls == 1 { // which takes the lease
				return nil
			}
			s.memory.set(func() { s.memory.leasing = nil })
			close(panicked)
			panic("in a beat")
		}
	})
	s.provider.set(func() {
		s.provider.endpoint["/token"] = func(w http.ResponseWriter, r *http.Request) {
			<-panicked
			s.provider.mu.Lock()
			defer s.provider.mu.Unlock()
			s.provider.serveToken(w, r)
		}
	})
	s.clock.advance(testLife)
	b.mustSee()
	if !strings.Contains(s.log.String(), "in a beat") {
		t.Errorf("the log: %s", s.log)
	}
}
