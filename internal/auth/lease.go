package auth

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/gorilla/sessions"

	"wallaroo-user-admin/internal/panics"
)

// pace is how the replicas take turns at renewing the tokens of a session.
//
// Who has the lease says every beat, in the session's row, that it is alive. Who waits asks every poll, and takes the
// lease over when still answers in a row have shown the same mark: a replica that was killed holds a session up for
// some seconds. Answers are counted and not time, so no two clocks have to agree, and an hour in which the database
// answers nobody counts for nothing: SQLite lets a waiter ask only when it would let the holder write, and PostgreSQL
// makes a takeover wait for a beat under way, and then refuses it.
//
// What this promises is that a refresh token is spent once while every replica that lives gets through to the database
// within the time of still polls. It is asked for again just before the token is spent if it is not fresh. What it
// can't promise: a holder that stands still after that for longer, or that the database alone can't hear, may be
// overtaken with the spending request under way; and a replica that was killed may have spent the token without
// saving the next one. The provider then answers as to any token used twice, which means signing in again. A request
// under way is never broken off for a lost lease: that would not unspend the token, and lose what it brings.
type pace struct {
	beat, poll time.Duration
	still      int
	call       time.Duration // bounds one call to the session store
}

// usualPace takes a lease over after four seconds. Two beats may fail, or one may be slow, before that.
var usualPace = pace{beat: time.Second, poll: 250 * time.Millisecond, still: 16, call: storeTime}

// takeover is about how long it takes to see that a holder is dead.
func (p pace) takeover() time.Duration { return time.Duration(p.still) * p.poll }

// lease is the right to renew the tokens of a session, until released or lost.
type lease struct {
	rp             *RelyingParty
	session, owner string
	stop, stopped  chan struct{}

	mu        sync.Mutex // held while the store is asked
	lost      bool
	confirmed time.Time // begin of the last call that gave or kept it
}

// lease waits for the right to renew. Where another replica has renewed in the meantime, the lease is nil and g is the
// result. It waits for as long as the other may take with its provider, and always for longer than it takes to see that
// the other is dead. That it ends, which is the provider's fault or the other's, is told apart from a store that fails:
// calls to the store have a time of their own.
func (rp *RelyingParty) lease(ctx context.Context, s *sessions.Session, enough func(grant) bool) (l *lease, g grant, err error) {
	ctx, cancel := context.WithTimeout(ctx, max(rp.timeout, 2*rp.pace.takeover()))
	defer cancel()
	var holder holder
	owner := rand.Text()
	for delay := min(20*time.Millisecond, rp.pace.poll); ; delay = min(2*delay, rp.pace.poll) {
		asked := time.Now()
		mark, ok, err := rp.askLease(ctx, s.ID, owner, holder.stuck(rp.pace.still))
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
		holder.shows(mark)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, grant{}, fail(ProviderUnavailable, "another replica is renewing, and has not ended", ctx.Err())
		}
	}
}

// holder is what a waiter knows of who has the lease.
type holder struct {
	mark  string
	times int // it has been seen so often in a row
}

func (h *holder) shows(mark string) {
	if mark != h.mark {
		*h = holder{mark: mark}
	}
	h.times++
}

// stuck is the mark of a holder that has stood still for too long, else empty.
func (h *holder) stuck(still int) string {
	if h.times < still {
		return ""
	}
	return h.mark
}

// hold keeps a lease that was asked for at that time, until release.
func (rp *RelyingParty) hold(ctx context.Context, session, owner string, asked time.Time) *lease {
	l := &lease{rp: rp, session: session, owner: owner, stop: make(chan struct{}), stopped: make(chan struct{}), confirmed: asked}
	go func() {
		defer close(l.stopped)
		tick := time.NewTicker(rp.pace.beat)
		defer tick.Stop()
		for {
			select {
			case <-l.stop:
				return
			case <-tick.C:
				if err := panics.Catch(func() error { return l.beat(ctx, 2*rp.pace.beat) }); err != nil {
					rp.log.WarnContext(ctx, "could not extend the renewal lease", "error", err)
				}
			}
		}
	}()
	return l
}

// beat says that we are alive, and hears whether the lease is still ours. A store that does not answer is no reason to
// think that it isn't: the next beat may get through.
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
	case err != nil: // told by the caller
	case !ok:
		l.lost = true
		l.rp.log.WarnContext(ctx, "the renewal lease was lost, or the session has ended")
	default:
		l.confirmed = began
	}
	return err
}

// firm tells whether the lease is still ours, and asks unless it was confirmed just now: this process or the store may
// have stood still for so long that it was taken over.
func (l *lease) firm(ctx context.Context) (bool, error) {
	l.mu.Lock()
	old := time.Since(l.confirmed) >= 2*l.rp.pace.beat
	l.mu.Unlock()
	if old {
		if err := l.beat(ctx, l.rp.pace.call); err != nil {
			return false, fail(StoreUnavailable, "lease", err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.lost, nil
}

// release gives the lease back. Where that fails it is taken over after a while.
func (l *lease) release(ctx context.Context) {
	close(l.stop)
	<-l.stopped
	ctx, cancel := l.rp.storeContext(ctx)
	defer cancel()
	if err := l.rp.sessions.Release(ctx, l.session, l.owner); err != nil {
		l.rp.log.WarnContext(ctx, "could not release the renewal lease", "error", err)
	}
}

// storeContext returns a context with which a call to the session store has its own time: a deadline of the caller's, ending in the middle, would
// look like a store that fails.
func (rp *RelyingParty) storeContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), rp.pace.call)
}

func (rp *RelyingParty) askLease(ctx context.Context, id, owner, stuck string) (mark string, ok bool, err error) {
	ctx, cancel := rp.storeContext(ctx)
	defer cancel()
	if mark, ok, err = rp.sessions.Lease(ctx, id, owner, stuck); err != nil {
		return "", false, fail(StoreUnavailable, "lease", err)
	}
	return mark, ok, nil
}
