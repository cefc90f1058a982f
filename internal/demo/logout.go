package demo

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/crypto"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// notice is the result of sending one dashboard a logout token.
type notice struct {
	URL    string `json:"url"`
	Status int    `json:"status"`          // 0: no answer
	Error  string `json:"error,omitempty"` // why there was no answer
}

// TerminateSessionFromRequest ends the session that an ID token names, expired or not, and goes on to the
// post-logout redirect URI. Without an ID token nothing ends before somebody confirms it.
func (s *storage) TerminateSessionFromRequest(ctx context.Context, r *op.EndSessionRequest) (string, error) {
	if r.IDTokenHintClaims == nil {
		id := uuid.NewString()
		s.mu.Lock()
		s.sweep()
		s.exits[id] = r.RedirectURI
		s.mu.Unlock()
		return s.client.issuer + confirmPath + "?id=" + url.QueryEscape(id), nil
	}
	s.end(ctx, r.IDTokenHintClaims.SessionID)
	return r.RedirectURI, nil
}

// logoutForm serves GET /logout/logout-confirm.
func (p *provider) logoutForm(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("done") != "" {
		p.page(w, http.StatusOK, "message", message{Title: "You are signed out"})
		return
	}
	p.page(w, http.StatusOK, "logout", form{ID: r.FormValue("id")})
}

// confirmLogout serves POST /logout/logout-confirm: it ends the browser's session.
func (p *provider) confirmLogout(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	p.store.mu.Lock()
	exit, ok := p.store.exits[r.PostFormValue("id")]
	delete(p.store.exits, r.PostFormValue("id"))
	p.store.mu.Unlock()
	if !ok {
		p.expired(w)
		return
	}
	if signedIn := p.sessionOf(r); signedIn != nil {
		p.store.end(r.Context(), signedIn.id)
	}
	http.Redirect(w, r, exit, http.StatusSeeOther)
}

// notify sends every dashboard a logout token for a session, or for all of a user's when sessionID is empty, and waits
// for the answers. Without userID the token names the session only.
func (p *provider) notify(ctx context.Context, userID, sessionID string) []notice {
	notices := make([]notice, 0, len(p.client.bases))
	for _, target := range p.client.backchannelURLs() {
		n := notice{URL: target}
		var err error
		if n.Status, err = p.sendLogout(ctx, target, userID, sessionID); err != nil {
			n.Error = err.Error()
			p.log.Warn("the demo provider could not deliver a back-channel logout", "url", target, "error", err)
		}
		notices = append(notices, n)
	}
	return notices
}

func (p *provider) sendLogout(ctx context.Context, target, userID, sessionID string) (status int, err error) {
	token, err := p.logoutToken(userID, sessionID)
	if err != nil {
		return 0, err
	}
	// The dashboards are notified even if the browser disconnects.
	ctx = context.WithoutCancel(ctx)
	body := strings.NewReader(url.Values{"logout_token": {token}}.Encode())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, body)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := p.backchannel.Do(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

// logoutToken returns an OpenID Connect Back-Channel Logout 1.0 token (section 2.4) with Keycloak's claims.
func (p *provider) logoutToken(userID, sessionID string) (string, error) {
	key, err := p.store.keys.current()
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.RS256, Key: &jose.JSONWebKey{Key: key.pair, KeyID: key.id}},
		(&jose.SignerOptions{}).WithType("logout+jwt"),
	)
	if err != nil {
		return "", err
	}
	now := time.Now().Unix()
	claims := map[string]any{
		"iss": p.issuer, "aud": p.client.id, "iat": now, "exp": now + 120, "jti": uuid.NewString(),
		"typ":    "Logout",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": struct{}{}},
	}
	if userID != "" {
		claims["sub"] = userID
	}
	if sessionID != "" {
		claims["sid"] = sessionID
	}
	return crypto.Sign(claims, signer)
}
