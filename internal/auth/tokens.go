package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// logoutEvent is the member of events that a logout token must have (Back-Channel Logout 1.0 section 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// algorithm is the only accepted signing algorithm, whatever a token or the discovery document says.
const algorithm = jose.RS256

// signedToken is an [oidc.KeySet] for one token. It keeps what go-oidc's verifier doesn't return: the typ header, all
// claims, and whether the key set was unavailable.
type signedToken struct {
	keys        *keySet
	typ         string
	claims      claims
	unavailable error
}

// VerifySignature verifies a compact JWS and returns its payload. The JSON serialization, which go-oidc would accept, is
// an error.
func (t *signedToken) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	token, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{algorithm})
	if err != nil {
		return nil, err
	}
	payload, err := t.keys.verify(ctx, token)
	if err != nil {
		if _, ok := errors.AsType[*unavailableError](err); ok {
			t.unavailable = err
		}
		return nil, err
	}
	t.typ, _ = token.Signatures[0].Header.ExtraHeaders[jose.HeaderType].(string)
	t.claims, err = parseClaims(payload)
	return payload, err
}

// failure returns ProviderUnavailable if the key set could not be read, else SignInRefused. what names the token.
func (t *signedToken) failure(what string, err error) *Error {
	if t.unavailable != nil {
		return fail(ProviderUnavailable, "keys", t.unavailable)
	}
	return fail(SignInRefused, what, errors.New(truncate(err.Error(), 300)))
}

func (m *metadata) verifier(keys oidc.KeySet) *oidc.IDTokenVerifier {
	return oidc.NewVerifier(m.issuer, keys, &oidc.Config{
		ClientID:             m.clientID,
		SupportedSigningAlgs: []string{string(algorithm)},
		SkipExpiryCheck:      true, // checkTimes does it, with skew
	})
}

// idToken verifies an ID token except for its nonce (OpenID Connect Core 1.0 section 3.1.3.7), and at_hash if present.
// The errors have Kind SignInRefused, ProviderUnavailable, or Misconfigured if the clocks differ.
func (m *metadata) idToken(ctx context.Context, raw, accessToken string) (claims, error) {
	signed := &signedToken{keys: m.keys}
	token, err := m.verifier(signed).Verify(ctx, raw)
	if err != nil {
		return nil, signed.failure("ID token", err)
	}
	c := signed.claims
	if !isType(signed.typ, "jwt") || !isType(c.text("typ"), "id") || c["events"] != nil {
		return nil, refuse("ID token: type", "type %q, claim typ %q is no ID token", truncate(signed.typ, 30), truncate(c.text("typ"), 30))
	}
	if err := c.checkParties(m.issuer, m.clientID); err != nil {
		return nil, fail(SignInRefused, "ID token: "+err.Error(), err)
	}
	if _, err := c.checkTimes(m.now(), true); err != nil {
		return nil, m.timeFailure("ID token", err)
	}
	if n := len(c.text("sub")); n == 0 || n > maxSubject {
		return nil, refuse("ID token: sub", "sub is missing, no text, or longer than %d characters", maxSubject)
	}
	if hash, present := c["at_hash"]; present {
		if s, ok := hash.(string); !ok || s == "" || token.VerifyAccessToken(accessToken) != nil {
			return nil, refuse("ID token: at_hash", "at_hash is not that of the access token")
		}
	}
	return c, nil
}

// accessToken verifies signature, type, iss and times of an access token and returns its claims and expiry. aud is not
// checked: the audience is the API. The error is SignInRefused if it is no JWT of our provider, whose roles could be
// read, or ProviderUnavailable.
func (m *metadata) accessToken(ctx context.Context, raw string) (claims, time.Time, error) {
	signed := &signedToken{keys: m.keys}
	if _, err := signed.VerifySignature(ctx, raw); err != nil {
		return nil, time.Time{}, signed.failure("access token", err)
	}
	c := signed.claims
	if !isType(signed.typ, "jwt", "at+jwt") || !isType(c.text("typ"), "bearer") {
		return nil, time.Time{}, refuse("access token: type", "a token of another type")
	}
	if c.text("iss") != m.issuer {
		return nil, time.Time{}, refuse("access token: iss", "iss is another issuer")
	}
	expires, err := c.checkTimes(m.now(), false)
	if err != nil {
		return nil, time.Time{}, m.timeFailure("access token", err)
	}
	return c, expires, nil
}

// logoutToken has the claims jti, sub, sid and exp of a verified logout token; sub or sid may be empty.
type logoutToken struct {
	id, subject, session string
	expires              time.Time
}

// logoutToken verifies a logout token (Back-Channel Logout 1.0 section 2.6) except that its jti is new. The errors have
// Kind SignInRefused or ProviderUnavailable.
func (m *metadata) logoutToken(ctx context.Context, raw string) (logoutToken, error) {
	signed := &signedToken{keys: m.keys}
	token, err := m.verifier(signed).VerifyLogout(ctx, raw)
	if err != nil {
		return logoutToken{}, signed.failure("logout token", err)
	}
	c := signed.claims
	if !isType(signed.typ, "jwt", "logout+jwt") || !isType(c.text("typ"), "logout") {
		return logoutToken{}, refuse("logout token: type", "a token of another type")
	}
	if err := c.checkParties(m.issuer, m.clientID); err != nil {
		return logoutToken{}, fail(SignInRefused, "logout token: "+err.Error(), err)
	}
	expires, err := c.checkTimes(m.now(), true)
	if err != nil {
		return logoutToken{}, fail(SignInRefused, "logout token: time", err)
	}
	if err := c.checkLogout(); err != nil {
		return logoutToken{}, fail(SignInRefused, "logout token: "+err.Error(), err)
	}
	return logoutToken{id: token.TokenID, subject: token.Subject, session: token.SessionID, expires: expires}, nil
}

// checkLogout checks what go-oidc checks only for presence: the event is an object, nonce is absent, jti is not empty,
// and sid and sub are strings.
func (c claims) checkLogout() error {
	events, _ := c["events"].(map[string]any)
	if _, ok := events[logoutEvent].(map[string]any); !ok {
		return errors.New("no logout event")
	}
	if _, present := c["nonce"]; present {
		return errors.New("has a nonce")
	}
	if c.text("jti") == "" {
		return errors.New("no jti")
	}
	for _, name := range []string{"sid", "sub"} {
		if v, present := c[name]; present {
			if s, ok := v.(string); !ok || s == "" {
				return fmt.Errorf("%s is no text", name)
			}
		}
	}
	return nil
}

// secretsEqual compares secrets in constant time. An empty secret equals none.
func secretsEqual(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// isBearer reports whether token_type of a token response is Bearer or missing (RFC 6749 section 5.1, RFC 6750).
func isBearer(tokenType string) bool {
	return tokenType == "" || strings.EqualFold(tokenType, "bearer")
}
