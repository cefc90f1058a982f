package auth

import (
	"context"
	"errors"
	"time"

	"github.com/gorilla/sessions"
	"golang.org/x/oauth2"

	"wallaroo-user-admin/internal/upstream"
)

const (
	storeTime   = 10 * time.Second // to save what a provider has answered, whatever became of the request
	flightExtra = storeTime + 5*time.Second
)

// renew returns a grant of session id that is enough for the caller, with at most one renewal. have is the grant that
// the caller has read. At the same time there is one renewal for a session, here and, by the lease, on all replicas;
// it outlives the caller, since a provider that rotates refresh tokens counts a lost answer as theft.
//
// While the caller's own token is still alive and acceptable, a provider that is down or slow is no reason to fail.
func (rp *RelyingParty) renew(ctx context.Context, id string, have grant, enough, usable func(grant) bool) (grant, error) {
	began := time.Now()
	for {
		f, mine := rp.flights.join(id, func() (grant, bool, error) {
			return rp.renewSession(context.WithoutCancel(ctx), id, enough)
		})
		wasUsable := usable(have)
		late := f.wait(ctx, rp.patience(have, usable))
		switch {
		case late != nil && usable(have):
			return have, nil
		case errors.Is(late, errSlow) && wasUsable:
			// It has ended while we waited for half of its rest. From here on we wait like somebody without one.
		case late != nil:
			return grant{}, fail(ProviderUnavailable, "renewal", late)
		case f.err != nil && usable(have) && KindOf(f.err) != SignInNeeded:
			return have, nil
		case KindOf(f.err) == ProviderUnavailable && !mine && time.Since(began) < rp.timeout/2 && !errors.Is(f.err, upstream.ErrOpen):
			// That flight began in an outage, and we have hardly waited: try for ourselves.
		case f.err != nil:
			return grant{}, f.err
		case enough(f.grant) || f.renewed && usable(f.grant):
			return f.grant, nil
		case f.renewed && f.grant.alive(rp.now()):
			return grant{}, fail(SignInNeeded, "renewal gave the rejected token again", nil)
		case f.renewed:
			return grant{}, fail(ProviderUnavailable, "renewal gave a token that has ended", nil)
		}
		// Somebody else's flight ended with a token that was good enough for them. The next one is ours.
	}
}

// patience is how long to wait for a renewal: half of what is left of a token that still works, else without limit
// but the flight's own.
func (rp *RelyingParty) patience(have grant, usable func(grant) bool) time.Duration {
	if !usable(have) || have.expiresAt.IsZero() {
		return rp.timeout + flightExtra
	}
	return have.expiresAt.Sub(rp.now()) / 2
}

// renewSession is one flight: lease, reload, check again, refresh, save. It is the only place that spends refresh
// tokens.
func (rp *RelyingParty) renewSession(ctx context.Context, id string, enough func(grant) bool) (g grant, renewed bool, err error) {
	s := sessions.NewSession(rp.sessions, SessionName)
	s.ID = id
	l, g, err := rp.lease(ctx, s, enough)
	if err != nil || l == nil {
		return g, false, err
	}
	defer l.release(ctx)
	ctx, cancel := context.WithTimeout(ctx, rp.timeout)
	defer cancel()
	m, err := rp.provider.get(ctx)
	if err != nil {
		return grant{}, false, err
	}
	switch firm, err := l.firm(ctx); {
	case err != nil:
		return grant{}, false, err
	case !firm:
		return rp.renewSession(ctx, id, enough) // until ctx ends
	}
	next, err := rp.refresh(ctx, m, g)
	if err == nil {
		return next, true, rp.store(ctx, s, next)
	}
	if next.refresh != g.refresh && next.refresh != "" {
		// The provider has rotated, though the new tokens can't be verified for now: the old refresh token is spent.
		return grant{}, false, errors.Join(err, rp.store(ctx, s, next))
	}
	if KindOf(err) == SignInRefused {
		return rp.endRefused(ctx, s, g, enough, err)
	}
	return grant{}, false, err
}

func (rp *RelyingParty) reload(ctx context.Context, s *sessions.Session) (grant, error) {
	ctx, cancel := rp.storeContext(ctx)
	defer cancel()
	found, err := rp.sessions.Reload(ctx, s)
	if err != nil {
		return grant{}, fail(StoreUnavailable, "reload", err)
	}
	if g, ok := readGrant(s); found && ok {
		return g, nil
	}
	return grant{}, fail(SignInNeeded, "the session has ended", nil)
}

// refresh spends the refresh token. With an error, the grant that comes along has the new refresh token if there was
// one, and else is empty.
func (rp *RelyingParty) refresh(ctx context.Context, m *metadata, g grant) (grant, error) {
	if g.refresh == "" {
		return grant{}, refuse("no refresh token", "the session has no refresh token")
	}
	asked := rp.now()
	answer, err := m.oauth.TokenSource(m.to.token.context(ctx), &oauth2.Token{RefreshToken: g.refresh}).Token()
	if err != nil {
		return grant{}, tokenFailure(err)
	}
	next, err := rp.verifyGrant(ctx, m, answer, asked, g)
	if KindOf(err) == ProviderUnavailable {
		g.refresh = answer.RefreshToken
		return g, err
	}
	return next, err
}

// store saves a renewed grant. It has its own time: what the provider has answered must not be lost to a deadline.
func (rp *RelyingParty) store(ctx context.Context, s *sessions.Session, g grant) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	for delay := 20 * time.Millisecond; ; delay *= 2 {
		g.write(s)
		stored, err := rp.sessions.Replace(ctx, s)
		if stored && err == nil {
			return nil
		}
		if err == nil {
			// Something else of the session was written, or it has ended. The tokens are ours to write: we have the lease.
			if _, err = rp.reload(ctx, s); err == nil {
				continue
			}
		}
		if KindOf(err) == SignInNeeded {
			return err
		}
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return fail(StoreUnavailable, "saving renewed tokens", err)
		}
	}
}

// endRefused ends a session whose refresh token, or whose renewed tokens, were refused, unless another replica has
// taken the lease over and renewed it under our hands.
func (rp *RelyingParty) endRefused(ctx context.Context, s *sessions.Session, spent grant, enough func(grant) bool, cause error) (grant, bool, error) {
	if now, err := rp.reload(ctx, s); err == nil && now.refresh != spent.refresh && enough(now) {
		return now, false, nil
	}
	ctx, cancel := rp.storeContext(ctx)
	defer cancel()
	if err := rp.sessions.End(ctx, s.ID); err != nil {
		return grant{}, false, fail(StoreUnavailable, "ending the session", errors.Join(err, cause))
	}
	rp.log.WarnContext(ctx, "token renewal refused", "sub", spent.subject, "error", cause)
	e := Event{Action: ActionSessionEnded, Subject: spent.subject, Who: spent.who(), Reason: "renewal refused"}
	rp.record(ctx, e)
	return grant{}, false, fail(SignInNeeded, "renewal refused", cause)
}
