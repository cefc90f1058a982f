package auth

import (
	"cmp"
	"context"
	"errors"
	"mime"
	"net/http"
	"strconv"
)

// SignOut serves POST /logout: it ends our session, expires its cookie, and returns the address where the browser ends
// the provider's session too (RP-Initiated Logout 1.0 section 2), which sends it back to /signed-out. If the
// provider is unavailable or has no such endpoint, next is our own /signed-out. The site's form-action policy stops a
// redirect to another origin, so the caller answers a page that goes on by a link and a Refresh header.
//
// Errors: StoreUnavailable; then the session may still exist, and the cookie is kept.
func (rp *RelyingParty) SignOut(w http.ResponseWriter, r *http.Request) (next string, err error) {
	w.Header().Set("Cache-Control", "no-store")
	s, err := rp.sessions.Get(r, SessionName)
	if err != nil {
		return "", fail(StoreUnavailable, "reading the session", err)
	}
	g, ok := readGrant(s)
	options := *s.Options
	options.MaxAge = -1
	s.Options = &options
	if err := rp.sessions.Save(r, w, s); err != nil {
		return "", fail(StoreUnavailable, "ending the session", err)
	}
	if ok && !s.IsNew {
		rp.record(r.Context(), Event{Action: ActionSignedOut, Subject: g.subject, Who: g.who()})
	}
	here := rp.site.url(PathSignedOut)
	m, err := rp.provider.get(r.Context())
	if err != nil {
		rp.log.WarnContext(r.Context(), "sign-out could not end the provider's session", "error", err)
		return here, nil
	}
	if m.endSession == "" {
		return here, nil
	}
	return m.endSessionURL(g.idToken, here), nil
}

// logoutLimit bounds the body of a back-channel logout, in bytes.
const logoutLimit = 64 << 10

// TakeLogout verifies POST /backchannel-logout, which the provider calls, and ends the sessions of the token's sid, or of
// its sub if it has no sid (Back-Channel Logout 1.0 section 2.7). It writes nothing: [RelyingParty.AnswerLogout] does, of what this returned.
//
// Errors: BadRequest and SignInRefused for a request or a token that does not hold, see [LogoutRefused]; else our store
// or the provider is out of reach.
func (rp *RelyingParty) TakeLogout(w http.ResponseWriter, r *http.Request) error {
	raw, err := logoutTokenOf(w, r)
	if err != nil {
		return err
	}
	return rp.endByLogoutToken(r.Context(), raw)
}

// LogoutRefused reports whether TakeLogout's error is the sender's fault; anyone can send such requests, the provider does
// not.
func LogoutRefused(err error) bool {
	switch KindOf(err) {
	case "", ProviderUnavailable, Misconfigured, StoreUnavailable:
		return false
	default:
		return true
	}
}

// AnswerLogout writes the whole answer to a back-channel logout, as a machine reads it (Back-Channel Logout 1.0 section
// 2.8): 200, 400 for a request or token that does not hold, or 503 where our store or the provider's keys are out of
// reach.
func (rp *RelyingParty) AnswerLogout(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Cache-Control", "no-store")
	if err == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	if LogoutRefused(err) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_request"}`))
	} else {
		if pause := RetryAfter(err); pause > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(pause.Seconds())))
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	rp.log.WarnContext(r.Context(), "back-channel logout refused", "error", err)
}

func logoutTokenOf(w http.ResponseWriter, r *http.Request) (string, error) {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/x-www-form-urlencoded" {
		return "", fail(BadRequest, "not a form", err)
	}
	r.Body = http.MaxBytesReader(w, r.Body, logoutLimit)
	if err := r.ParseForm(); err != nil {
		return "", fail(BadRequest, "malformed form", err)
	}
	if tokens := r.PostForm["logout_token"]; len(tokens) == 1 && tokens[0] != "" {
		return tokens[0], nil
	}
	return "", fail(BadRequest, "not one logout token", nil)
}

func (rp *RelyingParty) endByLogoutToken(ctx context.Context, raw string) error {
	m, err := rp.provider.get(ctx)
	if err != nil {
		return err
	}
	token, err := m.logoutToken(ctx, raw)
	if err != nil {
		return err
	}
	key := "jti:" + token.id
	used, err := rp.sessions.Used(ctx, key)
	if err != nil {
		return fail(StoreUnavailable, "jti", err)
	}
	if used {
		return errLogoutTokenUsed()
	}
	// The jti is marked as used last: if ending the sessions fails, the provider may retry with the same token. Two
	// concurrent requests may both end the sessions, which is harmless; one of them succeeds.
	if err := rp.endByToken(ctx, token); err != nil {
		return err
	}
	first, err := rp.sessions.UseOnce(ctx, key, token.expires.Add(skew))
	if err != nil {
		return fail(StoreUnavailable, "jti", err)
	}
	if !first {
		return errLogoutTokenUsed()
	}
	return nil
}

func errLogoutTokenUsed() *Error {
	return fail(BadRequest, "the logout token has been used", errors.New("jti seen before"))
}

// endByToken ends the sessions that a logout token means, and tells of it where there were any. Whose they were the
// sessions say, since a token with a sid need not.
func (rp *RelyingParty) endByToken(ctx context.Context, token logoutToken) error {
	subjects, err := rp.endSessions(ctx, token)
	if err != nil {
		return fail(StoreUnavailable, "ending sessions", err)
	}
	for _, subject := range subjects {
		rp.record(ctx, Event{
			Action: ActionSessionEnded, Subject: cmp.Or(subject, token.subject), Reason: "back-channel logout",
		})
	}
	return nil
}

func (rp *RelyingParty) endSessions(ctx context.Context, token logoutToken) (subjects []string, err error) {
	if token.session != "" {
		return rp.sessions.EndByProviderSession(ctx, token.session)
	}
	if n, err := rp.sessions.EndBySubject(ctx, token.subject); n == 0 || err != nil {
		return nil, err
	}
	return []string{token.subject}, nil
}
