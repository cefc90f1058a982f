package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	callbackLimit = 8 << 10 // bytes of query; a provider's own takes a few hundred
	stateLimit    = 128
	reasonState   = "state"
)

// SignInURL is the address that starts a sign-in and then returns to a page: its path as the browser sees it (the
// public URL's path included) and its query. An invalid returnTo is omitted.
func (rp *RelyingParty) SignInURL(returnTo string) string {
	back := rp.site.returnTo(returnTo)
	if back == rp.site.home() {
		return rp.site.base + PathLogin
	}
	return rp.site.base + PathLogin + "?" + url.Values{"return_to": {back}}.Encode()
}

// StartSignIn serves GET /login: it stores a new sign-in in an encrypted cookie and redirects the browser to the provider with 303.
//
// return_to is the page to come back to, as in [RelyingParty.SignInURL]; anything that isn't a page of this site means
// the home page. prompt=login makes the provider ask for credentials again, to change accounts.
//
// Errors: ProviderUnavailable, Misconfigured.
func (rp *RelyingParty) StartSignIn(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	m, err := rp.provider.get(r.Context())
	if err != nil {
		rp.log.WarnContext(r.Context(), "sign-in could not start", "error", err)
		return err
	}
	query := r.URL.Query()
	p := pendingSignIn{
		State:    rand.Text(),
		Nonce:    rand.Text(),
		Verifier: oauth2.GenerateVerifier(),
		ReturnTo: rp.site.returnTo(query.Get("return_to")),
	}
	if err := rp.pending.put(w, r, p); err != nil {
		return err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier)}
	if query.Get("prompt") == "login" {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	redirect(w, m.oauth.AuthCodeURL(p.State, options...))
	return nil
}

// Callback serves GET /callback: it verifies the authorization response and the tokens, ends the browser's previous
// session, creates a new one and redirects to the page first requested, with 303. With an error there is no new session.
//
// Errors: BadRequest, SignInRefused, ProviderError, NotAdministrator, ProviderUnavailable, Misconfigured,
// StoreUnavailable.
func (rp *RelyingParty) Callback(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	g, back, err := rp.signIn(w, r)
	if err == nil {
		err = rp.startSession(w, r, g)
	}
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			e.ReturnTo = back
		}
		rp.recordRefusal(r.Context(), g, err)
		return err
	}
	rp.record(r.Context(), Event{Action: ActionSignedIn, Subject: g.subject, Who: g.who()})
	redirect(w, back)
	return nil
}

// signIn verifies a callback. The order matters: nothing of the request is trusted before its state has been found in
// this browser's cookie, and the state is marked as used before the code is sent to the provider.
func (rp *RelyingParty) signIn(w http.ResponseWriter, r *http.Request) (g grant, back string, err error) {
	q, err := callbackQuery(r)
	if err != nil {
		return g, "", err
	}
	p, ok := rp.pending.find(r, q["state"])
	if !ok {
		return g, "", refuse(reasonState, "this browser has no sign-in under way with that state")
	}
	back = p.ReturnTo
	m, err := rp.provider.get(r.Context())
	if err != nil {
		return g, back, err
	}
	rp.pending.drop(w, rp.pending.purpose(p.State))
	if err := rp.useState(r.Context(), p); err != nil {
		return g, back, err
	}
	if err := m.checkCallbackIssuer(q); err != nil {
		return g, back, err
	}
	if code := q["error"]; code != "" {
		return g, back, &Error{Kind: ProviderError, Reason: "callback", Code: truncate(code, 100), Description: truncate(q["error_description"], 300)}
	}
	if q["code"] == "" {
		return g, back, fail(BadRequest, "callback without a code", nil)
	}
	g, err = rp.exchange(r.Context(), m, q["code"], p)
	if err != nil {
		return g, back, err
	}
	return g, back, rp.checkRole(g)
}

// callbackQuery returns the parameters of a callback; a repeated one is an error (RFC 6749 section 3.1).
func callbackQuery(r *http.Request) (map[string]string, error) {
	if r.Method != http.MethodGet {
		return nil, fail(BadRequest, "callback by "+truncate(r.Method, 10), nil)
	}
	if len(r.URL.RawQuery) > callbackLimit {
		return nil, fail(BadRequest, "callback is too long", nil)
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, fail(BadRequest, "callback is malformed", err)
	}
	q := make(map[string]string, len(values))
	for name, v := range values {
		if len(v) > 1 {
			return nil, fail(BadRequest, "callback repeats a parameter", nil)
		}
		q[name] = v[0]
	}
	if q["state"] == "" || len(q["state"]) > stateLimit {
		return nil, fail(BadRequest, "callback without a state", nil)
	}
	return q, nil
}

// useState marks a state as used, across all replicas, so that a replayed cookie is refused.
func (rp *RelyingParty) useState(ctx context.Context, p pendingSignIn) error {
	sum := sha256.Sum256([]byte(p.State))
	first, err := rp.sessions.UseOnce(ctx, "state:"+hex.EncodeToString(sum[:]), time.Unix(p.Expires, 0))
	if err != nil {
		return fail(StoreUnavailable, "state", err)
	}
	if !first {
		return refuse(reasonState, "the state has been used")
	}
	return nil
}

// checkCallbackIssuer validates the iss parameter (RFC 9207 section 2.4).
func (m *metadata) checkCallbackIssuer(q map[string]string) error {
	iss, present := q["iss"]
	if !present && !m.issParameter {
		return nil
	}
	if iss != m.issuer {
		return refuse("iss", "the callback's iss is missing or another issuer")
	}
	return nil
}

// exchange sends the code to the token endpoint and verifies the response (RFC 6749 section 4.1.3).
func (rp *RelyingParty) exchange(ctx context.Context, m *metadata, code string, p pendingSignIn) (grant, error) {
	ctx, cancel := context.WithTimeout(ctx, rp.timeout)
	defer cancel()
	asked := rp.now()
	answer, err := m.oauth.Exchange(m.to.token.context(ctx), code, oauth2.VerifierOption(p.Verifier))
	if err != nil {
		return grant{}, tokenFailure(err)
	}
	g, err := rp.verifyGrant(ctx, m, answer, asked, grant{nonce: p.Nonce})
	if err != nil {
		return grant{}, err
	}
	return g, rp.addProfile(ctx, m, answer, &g)
}

// startSession ends the browser's previous session and saves a new one under a new id, against session fixation.
func (rp *RelyingParty) startSession(w http.ResponseWriter, r *http.Request, g grant) error {
	s, err := rp.sessions.New(r, SessionName)
	if err != nil {
		return fail(StoreUnavailable, "new session", err)
	}
	if !s.IsNew {
		if err := rp.sessions.End(r.Context(), s.ID); err != nil {
			return fail(StoreUnavailable, "ending the old session", err)
		}
	}
	s.ID, s.IsNew = "", true
	clear(s.Values)
	g.write(s)
	if err := rp.sessions.Save(r, w, s); err != nil {
		return fail(StoreUnavailable, "saving the session", err)
	}
	return nil
}

// recordRefusal logs why a sign-in failed. It emits an event only if the user is known: unauthenticated requests must not
// fill the audit trail.
func (rp *RelyingParty) recordRefusal(ctx context.Context, g grant, err error) {
	rp.log.WarnContext(ctx, "sign-in failed", "sub", g.subject, "error", err)
	known, ok := errors.AsType[*Error](err)
	if !ok || g.subject == "" {
		return
	}
	e := Event{Action: ActionSignInRefused, Subject: g.subject, Who: g.who(), Reason: string(known.Kind) + ": " + known.Reason}
	if known.Kind == NotAdministrator {
		e.Action = ActionRoleDenied
	}
	rp.notify(ctx, e)
}

// redirect answers 303 and nothing else; http.Redirect would write the address into a page as well.
func redirect(w http.ResponseWriter, location string) {
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}
