package auth

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/gorilla/sessions"

	"wallaroo-user-admin/internal/panics"
)

// leaseTiming has the intervals of the lease by which replicas take turns at renewing the tokens of a session.
//
// The holder writes a heartbeat to the session's row every beat. A waiting replica polls the row every poll, and takes
// the lease over after still consecutive responses with the same mark, so a killed replica blocks a session for some
// seconds. Counting responses instead of time means that no clocks have to agree, and that time in which the database
// does not respond doesn't count: SQLite lets a waiter read only when it would let the holder write, and PostgreSQL makes
// a takeover wait for a heartbeat in progress, and then rejects it.
//
// It guarantees that a refresh token is used once as long as every live replica reaches the database within still polls.
// The holder confirms the lease again just before it uses the token, unless it was confirmed recently. Not guaranteed: a
// holder that pauses for longer after that, or that can't reach the database, may be overtaken while its request is under
// way; and a killed replica may have used the token without saving the next one. The provider then sees a reused refresh
// token, and the user has to sign in again. A request under way is never cancelled for a lost lease: that would not undo
// the use of the token, and would lose the response.
type leaseTiming struct {
	beat, poll time.Duration
	still      int
	call       time.Duration // bounds one call to the session store
}

// defaultLeaseTiming takes a lease over after four seconds. Two beats may fail, or one may be slow, before that.
var defaultLeaseTiming = leaseTiming{beat: time.Second, poll: 250 * time.Millisecond, still: 16, call: storeTimeout}

// takeover returns the approximate time to detect that a holder is dead.
func (t leaseTiming) takeover() time.Duration { return time.Duration(t.still) * t.poll }

// lease is the exclusive right to renew the tokens of a session, until released or lost.
type lease struct {
	rp             *RelyingParty
	session, owner string
	stop, stopped  chan struct{}

	mu        sync.Mutex // held while the store is asked
	lost      bool
	confirmed time.Time // start of the last call that acquired or extended it
}

// lease waits for the lease of a session. If another replica renews in the meantime, l is nil and g is the result. It
// waits as long as the other's calls to the provider may take, and always longer than it takes to detect that the other is
// dead. The error is ProviderUnavailable after that, SignInNeeded if the session has ended, or StoreUnavailable: calls to
// the store have their own time limit, to tell the two apart.
func (rp *RelyingParty) lease(ctx context.Context, s *sessions.Session, enough func(grant) bool) (l *lease, g grant, err error) {
	ctx, cancel := context.WithTimeout(ctx, max(rp.timeout, 2*rp.leases.takeover()))
	defer cancel()
	var holder holder
	owner := rand.Text()
	for delay := min(20*time.Millisecond, rp.leases.poll); ; delay = min(2*delay, rp.leases.poll) {
		asked := time.Now()
		mark, ok, err := rp.askLease(ctx, s.ID, owner, holder.staleMark(rp.leases.still))
		if err != nil {
			return nil, grant{}, err
		}
		if ok {
			l = rp.hold(ctx, s.ID, owner, asked)
		}
		g, err := rp.reload(ctx, s)
		switch {
		case ok && (err != nil || enough(g)):
			l.release(ctx)
			return nil, g, err
		case ok || err != nil || enough(g):
			return l, g, err
		}
		holder.observe(mark)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, grant{}, fail(ProviderUnavailable, "another replica is renewing, and has not ended", ctx.Err())
		}
	}
}

// holder is what a waiting replica knows of the lease's holder.
type holder struct {
	mark  string
	times int // consecutive polls that returned it
}

func (h *holder) observe(mark string) {
	if mark != h.mark {
		*h = holder{mark: mark}
	}
	h.times++
}

// staleMark returns the mark if it was unchanged for still polls, else "".
func (h *holder) staleMark(still int) string {
	if h.times < still {
		return ""
	}
	return h.mark
}

// hold sends heartbeats for an acquired lease until release. asked is when it was requested.
func (rp *RelyingParty) hold(ctx context.Context, session, owner string, asked time.Time) *lease {
	l := &lease{rp: rp, session: session, owner: owner, stop: make(chan struct{}), stopped: make(chan struct{}), confirmed: asked}
	go func() {
		defer close(l.stopped)
		tick := time.NewTicker(rp.leases.beat)
		defer tick.Stop()
		for {
			select {
			case <-l.stop:
				return
			case <-tick.C:
				if err := panics.Catch(func() error { return l.beat(ctx, 2*rp.leases.beat) }); err != nil {
					rp.log.WarnContext(ctx, "could not extend the renewal lease", "error", err)
				}
			}
		}
	}()
	return l
}

// beat extends the lease, and notes if it has been lost. If the store fails, the lease is assumed to be held: the next
// heartbeat may succeed.
func (l *lease) beat(ctx context.Context, within time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	began := time.Now()
	_, ok, err := l.rp.sessions.Lease(ctx, l.session, l.owner, "")
	switch {
	case err != nil: // the caller logs it
	case !ok:
		l.lost = true
		l.rp.log.WarnContext(ctx, "the renewal lease was lost, or the session has ended")
	default:
		l.confirmed = began
	}
	return err
}

// stillHeld reports whether the lease is still held. It asks the store unless the lease was confirmed recently: this
// process or the store may have paused for so long that it was taken over. The error is StoreUnavailable.
func (l *lease) stillHeld(ctx context.Context) (bool, error) {
	l.mu.Lock()
	old := time.Since(l.confirmed) >= 2*l.rp.leases.beat
	l.mu.Unlock()
	if old {
		if err := l.beat(ctx, l.rp.leases.call); err != nil {
			return false, fail(StoreUnavailable, "lease", err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.lost, nil
}

// release releases the lease. If that fails, another replica takes it over after a while.
func (l *lease) release(ctx context.Context) {
	close(l.stop)
	<-l.stopped
	ctx, cancel := l.rp.storeContext(ctx)
	defer cancel()
	if err := l.rp.sessions.Release(ctx, l.session, l.owner); err != nil {
		l.rp.log.WarnContext(ctx, "could not release the renewal lease", "error", err)
	}
}

// storeContext returns a context with a time limit of its own for a call to the session store: the caller's deadline
// would look like a failing store.
func (rp *RelyingParty) storeContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), rp.leases.call)
}

func (rp *RelyingParty) askLease(ctx context.Context, id, owner, stuck string) (mark string, ok bool, err error) {
	ctx, cancel := rp.storeContext(ctx)
	defer cancel()
	if mark, ok, err = rp.sessions.Lease(ctx, id, owner, stuck); err != nil {
		return "", false, fail(StoreUnavailable, "lease", err)
	}
	return mark, ok, nil
}
