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
	storeTimeout = 10 * time.Second // to save renewed tokens, independent of the request
	renewalExtra = storeTimeout + 5*time.Second
)

// renew returns a grant of session id that satisfies enough, with at most one renewal. have is the caller's current grant.
// Only one renewal of a session runs at a time, in this process and, by the lease, across replicas. It outlives the
// caller: with rotating refresh tokens, a lost response would look like token theft to the provider.
//
// While have still satisfies usable, renew returns it if the provider is unavailable or slow.
func (rp *RelyingParty) renew(ctx context.Context, id string, have grant, enough, usable func(grant) bool) (grant, error) {
	began := time.Now()
	for {
		f, mine := rp.renewals.join(id, func() (grant, bool, error) {
			return rp.renewSession(context.WithoutCancel(ctx), id, enough)
		})
		wasUsable := usable(have)
		late := f.wait(ctx, rp.maxWait(have, usable))
		switch {
		case late != nil && usable(have):
			return have, nil
		case errors.Is(late, errSlow) && wasUsable:
			// The token has expired while we waited: go on waiting without it.
		case late != nil:
			return grant{}, fail(ProviderUnavailable, "renewal", late)
		case f.err != nil && usable(have) && KindOf(f.err) != SignInNeeded:
			return have, nil
		case KindOf(f.err) == ProviderUnavailable && !mine && time.Since(began) < rp.timeout/2 && !errors.Is(f.err, upstream.ErrOpen):
			// The joined renewal began during an outage, and we have hardly waited: try again.
		case f.err != nil:
			return grant{}, f.err
		case enough(f.grant) || f.renewed && usable(f.grant):
			return f.grant, nil
		case f.renewed && f.grant.alive(rp.now()):
			return grant{}, fail(SignInNeeded, "renewal gave the rejected token again", nil)
		case f.renewed:
			return grant{}, fail(ProviderUnavailable, "renewal gave a token that has ended", nil)
		}
		// The joined renewal returned a token that satisfies its caller, not this one. Start another.
	}
}

// maxWait returns how long to wait for a renewal: half of the remaining lifetime of a usable token, else the renewal's own
// time limit.
func (rp *RelyingParty) maxWait(have grant, usable func(grant) bool) time.Duration {
	if !usable(have) || have.expiresAt.IsZero() {
		return rp.timeout + renewalExtra
	}
	return have.expiresAt.Sub(rp.now()) / 2
}

// renewSession is one renewal: lease, reload, check again, refresh, save. Only it uses refresh tokens. renewed is true if
// the provider has issued g.
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
	switch held, err := l.stillHeld(ctx); {
	case err != nil:
		return grant{}, false, err
	case !held:
		return rp.renewSession(ctx, id, enough) // until ctx ends
	}
	next, err := rp.refresh(ctx, m, g)
	if err == nil {
		return next, true, rp.store(ctx, s, next)
	}
	if next.refresh != g.refresh && next.refresh != "" {
		// The provider has rotated the refresh token, though the new tokens can't be verified now: the old one is used up.
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

// refresh sends the refresh token to the token endpoint and verifies the response (RFC 6749 section 6, OpenID Connect
// Core 1.0 section 12). With an error, the returned grant has the new refresh token if there was one, or is empty.
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
	if kind := KindOf(err); kind == ProviderUnavailable || kind == Misconfigured {
		g.refresh = answer.RefreshToken
		return g, err
	}
	return next, err
}

// store saves a renewed grant, with retries for storeTimeout whatever ctx's deadline: the tokens must not be lost. The
// error is StoreUnavailable, or SignInNeeded if the session has ended.
func (rp *RelyingParty) store(ctx context.Context, s *sessions.Session, g grant) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	for delay := 20 * time.Millisecond; ; delay *= 2 {
		g.write(s)
		stored, err := rp.sessions.Replace(ctx, s)
		if stored && err == nil {
			return nil
		}
		if err == nil {
			// Another value of the session was written, or it has ended. The tokens are ours to write: we hold the lease.
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

// endRefused ends a session whose refresh token or renewed tokens were refused, unless another replica has taken the lease
// over and renewed it meanwhile.
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
