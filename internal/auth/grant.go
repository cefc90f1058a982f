package auth

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/sessions"
	"golang.org/x/oauth2"
)

// grant is the content of a session: the user and their tokens.
type grant struct {
	issuer, subject, providerSession string
	name, email, username            string
	roles                            []string
	nonce                            string
	access, refresh, idToken         string
	expiresAt                        time.Time // zero if the provider states no expiry
	refreshAt                        time.Time // when to renew the access token
}

func (g grant) who() string { return cmp.Or(g.name, g.email, g.username, g.subject) }

// fresh reports whether the access token needs no renewal yet.
func (g grant) fresh(now time.Time) bool {
	return g.access != "" && (g.refreshAt.IsZero() || now.Before(g.refreshAt))
}

// alive reports whether the access token has not expired.
func (g grant) alive(now time.Time) bool {
	return g.access != "" && (g.expiresAt.IsZero() || now.Before(g.expiresAt))
}

// verifyGrant verifies a token response and returns its grant. asked is when it was requested. For a sign-in, before has
// only the nonce and an ID token is required. For a renewal, before is the grant to renew: an ID token may be missing,
// and one that is there must be of the same user (OpenID Connect Core 12.2).
func (rp *RelyingParty) verifyGrant(ctx context.Context, m *metadata, answer *oauth2.Token, asked time.Time, before grant) (grant, error) {
	g := before
	renewal := before.subject != ""
	if !isBearer(answer.TokenType) {
		return grant{}, refuse("token type", "token_type is %q", truncate(answer.TokenType, 30))
	}
	raw, _ := answer.Extra("id_token").(string)
	if raw == "" && (!renewal || answer.Extra("id_token") != nil) {
		return grant{}, refuse("ID token", "the answer has no ID token")
	}
	if raw != "" {
		c, err := m.idToken(ctx, raw, answer.AccessToken)
		if err != nil {
			return grant{}, err
		}
		if nonce, present := c["nonce"]; (present || !renewal) && !secretsEqual(before.nonce, c.text("nonce")) {
			return grant{}, refuse("ID token: nonce", "nonce is %T, not the one sent", nonce)
		}
		if renewal && c.text("sub") != before.subject {
			return grant{}, refuse("ID token: sub", "the renewed ID token is for somebody else")
		}
		g.idToken, g.issuer, g.subject = raw, m.issuer, c.text("sub")
		g.providerSession = cmp.Or(c.text("sid"), g.providerSession)
		g.takeProfile(c)
	}
	g.access = answer.AccessToken
	g.refresh = cmp.Or(answer.RefreshToken, before.refresh)
	c, expires, err := m.accessToken(ctx, g.access)
	switch {
	case KindOf(err) == ProviderUnavailable, KindOf(err) == Misconfigured:
		return grant{}, err
	case err != nil:
		g.roles = nil // no roles; the API authorizes each call itself
		rp.log.WarnContext(ctx, "no roles: the access token could not be verified", "error", err)
	case c["sub"] != nil && c.text("sub") != g.subject:
		return grant{}, refuse("access token: sub", "the access token is for somebody else")
	default:
		g.roles = c.roles(rp.rolesClaim)
	}
	g.setLife(asked, answer.ExpiresIn, expires, rp.margin)
	return g, nil
}

// setLife sets the access token's expiry and when to renew it. expires_in counts from the request by our own clock (RFC
// 6749 section 5.1); exp, by the provider's, only counts without it.
func (g *grant) setLife(asked time.Time, expiresIn int64, expires time.Time, margin time.Duration) {
	g.expiresAt, g.refreshAt = expires, time.Time{}
	if expiresIn != 0 {
		g.expiresAt = asked.Add(time.Duration(expiresIn) * time.Second)
	}
	if !g.expiresAt.IsZero() {
		// A margin longer than the lifetime would cause a renewal on every request.
		g.refreshAt = g.expiresAt.Add(-min(margin, max(0, g.expiresAt.Sub(asked)/2)))
	}
}

func (g *grant) takeProfile(c claims) {
	g.name = cmp.Or(truncate(c.text("name"), 200), g.name)
	g.email = cmp.Or(truncate(c.text("email"), 320), g.email)
	g.username = cmp.Or(truncate(c.text("preferred_username"), 320), g.username)
}

// addProfile requests name and e-mail from the userinfo endpoint if the ID token lacks one. A failed request is only
// logged; a response for another sub is SignInRefused (OpenID Connect Core 1.0 section 5.3.2).
func (rp *RelyingParty) addProfile(ctx context.Context, m *metadata, answer *oauth2.Token, g *grant) error {
	if g.name != "" && g.email != "" || m.oidc.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := m.oidc.UserInfo(m.to.userinfo.context(ctx), oauth2.StaticTokenSource(answer))
	if err != nil {
		rp.log.WarnContext(ctx, "the userinfo endpoint failed", "error", truncate(err.Error(), 200))
		return nil
	}
	if info.Subject != g.subject {
		return refuse("userinfo: sub", "userinfo is about somebody else")
	}
	var c claims
	if err := info.Claims(&c); err == nil {
		g.takeProfile(c)
	}
	return nil
}

// checkRole returns NotAdministrator if roles are required and the grant has none of them.
func (rp *RelyingParty) checkRole(g grant) error {
	if len(rp.adminRoles) == 0 || slices.ContainsFunc(g.roles, func(r string) bool { return slices.Contains(rp.adminRoles, r) }) {
		return nil
	}
	return &Error{Kind: NotAdministrator, Reason: "role", Who: g.who()}
}

// write stores the grant in a session's values.
func (g grant) write(s *sessions.Session) {
	roles := "[]"
	if text, err := json.Marshal(g.roles); err == nil {
		roles = string(text)
	}
	for key, value := range map[string]string{
		KeyIssuer: g.issuer, KeySubject: g.subject, KeyProviderSession: g.providerSession,
		KeyName: g.name, KeyEmail: g.email, KeyUsername: g.username, KeyRoles: roles, KeyNonce: g.nonce,
		KeyAccessToken: g.access, KeyRefreshToken: g.refresh, KeyIDToken: g.idToken,
		KeyExpiresAt: millis(g.expiresAt), KeyRefreshAt: millis(g.refreshAt),
	} {
		s.Values[key] = value
	}
}

// readGrant returns the grant in a session's values; ok is false if there is none.
func readGrant(s *sessions.Session) (g grant, ok bool) {
	text := func(key string) string {
		v, _ := s.Values[key].(string)
		return v
	}
	g = grant{
		issuer: text(KeyIssuer), subject: text(KeySubject), providerSession: text(KeyProviderSession),
		name: text(KeyName), email: text(KeyEmail), username: text(KeyUsername), nonce: text(KeyNonce),
		access: text(KeyAccessToken), refresh: text(KeyRefreshToken), idToken: text(KeyIDToken),
		expiresAt: parseMillis(text(KeyExpiresAt)), refreshAt: parseMillis(text(KeyRefreshAt)),
	}
	if json.Unmarshal([]byte(text(KeyRoles)), &g.roles) != nil {
		g.roles = nil
	}
	return g, g.subject != ""
}

func millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

func parseMillis(s string) time.Time {
	ms, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
