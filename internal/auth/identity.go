package auth

import (
	"cmp"
	"context"
	"net/http"
	"sync"
)

// Identity is the signed-in administrator of a request. It is safe for concurrent use and may outlive the request,
// for work that goes on behind it.
type Identity struct {
	Issuer, Subject string
	// Name, Email and Username are for display only, never for identification; they may be empty.
	Name, Email, Username string
	// SessionID is the id of the dashboard's session, not of the provider's.
	SessionID string

	rp      *RelyingParty
	mu      sync.Mutex
	grant   grant
	renewed string // last result of Renew, to detect its rejection
}

// Key identifies the user: issuer and subject together, never name or email.
func (i *Identity) Key() string { return i.Issuer + "\n" + i.Subject }

// Who returns the first that isn't empty of name, email, username and subject.
func (i *Identity) Who() string { return cmp.Or(i.Name, i.Email, i.Username, i.Subject) }

// Token returns a valid access token, renewed if it expires within the refresh margin.
//
// Errors: SignInNeeded, NotAdministrator (a role was taken away), ProviderUnavailable, Misconfigured,
// StoreUnavailable.
func (i *Identity) Token(ctx context.Context) (string, error) {
	have := i.current()
	if have.fresh(i.rp.now()) {
		return i.adopt(have, nil)
	}
	g, err := i.rp.freshen(ctx, i.SessionID, have)
	return i.adopt(g, err)
}

// Renew returns another access token after the API has answered 401 to the rejected one, with at most one renewal at the
// provider. If rejected is itself a result of Renew, the error is TokenRefused.
//
// Errors: as Token, and TokenRefused.
func (i *Identity) Renew(ctx context.Context, rejected string) (string, error) {
	i.mu.Lock()
	have, renewed := i.grant, i.renewed
	i.mu.Unlock()
	if rejected != "" && rejected == renewed {
		return "", fail(TokenRefused, "the API refuses renewed tokens", nil)
	}
	good := func(g grant) bool { return g.access != rejected && g.alive(i.rp.now()) }
	g := have
	if !good(have) {
		var err error
		enough := func(g grant) bool { return g.access != rejected && g.fresh(i.rp.now()) }
		if g, err = i.rp.renew(ctx, i.SessionID, have, enough, good); err != nil {
			return "", err
		}
	}
	token, err := i.adopt(g, nil)
	if err == nil {
		i.mu.Lock()
		i.renewed = token
		i.mu.Unlock()
	}
	return token, err
}

func (i *Identity) current() grant {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.grant
}

// adopt keeps a grant for the next call, and returns its token if it has the role.
func (i *Identity) adopt(g grant, err error) (string, error) {
	if err != nil {
		return "", err
	}
	i.mu.Lock()
	i.grant = g
	i.mu.Unlock()
	if err := i.rp.checkRole(g); err != nil {
		return "", err
	}
	return g.access, nil
}

// freshen returns a grant whose token is fresh, or at least valid while the provider is unavailable.
func (rp *RelyingParty) freshen(ctx context.Context, id string, have grant) (grant, error) {
	return rp.renew(ctx, id, have,
		func(g grant) bool { return g.fresh(rp.now()) },
		func(g grant) bool { return g.alive(rp.now()) })
}

type contextKey struct{}

// From returns the identity that [RelyingParty.Require] has set in ctx, or nil.
func From(ctx context.Context) *Identity {
	i, _ := ctx.Value(contextKey{}).(*Identity)
	return i
}

// Require returns a middleware that passes on requests with a session, a valid access token and a required role, with
// the [Identity] in the context. It answers all others by onError, with an error of Kind SignInNeeded,
// NotAdministrator, ProviderUnavailable, Misconfigured, StoreUnavailable.
func (rp *RelyingParty) Require(onError func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			i, err := rp.identify(r)
			if err != nil {
				onError(w, r, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, i)))
		})
	}
}

func (rp *RelyingParty) identify(r *http.Request) (*Identity, error) {
	s, err := rp.sessions.Get(r, SessionName)
	if err != nil {
		return nil, fail(StoreUnavailable, "reading the session", err)
	}
	g, ok := readGrant(s)
	if s.IsNew || !ok || g.issuer != rp.provider.issuer {
		return nil, fail(SignInNeeded, "no session", nil)
	}
	if !g.fresh(rp.now()) {
		subject := g.subject // freshen returns none with an error
		if g, err = rp.freshen(r.Context(), s.ID, g); err != nil {
			rp.log.WarnContext(r.Context(), "no valid access token", "sub", subject, "error", err)
			return nil, err
		}
	}
	if err := rp.checkRole(g); err != nil {
		rp.record(r.Context(), Event{Action: ActionRoleDenied, Subject: g.subject, Who: g.who()})
		return nil, err
	}
	return &Identity{
		Issuer: g.issuer, Subject: g.subject, Name: g.name, Email: g.email, Username: g.username,
		SessionID: s.ID,
		rp:        rp, grant: g,
	}, nil
}
