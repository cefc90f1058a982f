package demo

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// errUnused is returned by the methods of op.Storage that no route calls.
var errUnused = errors.New("demo: not in use")

// storage keeps the provider's sessions and tokens in memory. It implements op.Storage.
type storage struct {
	users  *directory
	client *client
	keys   keyring
	// ended is called, without the lock, when a session was ended by a sign-out or a control.
	ended func(ctx context.Context, userID, sessionID string) []notice

	mu       sync.Mutex
	ttl      time.Duration
	sessions map[string]*session
	requests map[string]*authRequest
	codes    map[string]*authCode
	refresh  map[[sha256.Size]byte]*refreshToken
	exits    map[string]string // redirect URI after a confirmed sign-out, by its id
	added    int               // additions since the start, to trigger sweep
}

var (
	_ op.Storage                        = (*storage)(nil)
	_ op.CanSetUserinfoFromRequest      = (*storage)(nil)
	_ op.CanTerminateSessionFromRequest = (*storage)(nil)
)

func newStorage(c *client, users *directory, ttl time.Duration) *storage {
	s := &storage{users: users, client: c, ttl: ttl}
	c.ttl = s.tokenTTL
	s.reset()
	return s
}

// reset deletes all sessions, sign-ins and tokens. Keys stay: access tokens are valid until they expire.
func (s *storage) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = make(map[string]*session)
	s.requests = make(map[string]*authRequest)
	s.codes = make(map[string]*authCode)
	s.refresh = make(map[[sha256.Size]byte]*refreshToken)
	s.exits = make(map[string]string)
}

func (s *storage) tokenTTL() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ttl.Truncate(time.Second)
}

func (s *storage) setTokenTTL(ttl time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ttl = ttl
}

// sweep deletes expired entries, once in a thousand additions. The caller holds the lock.
func (s *storage) sweep() {
	if s.added++; s.added%1000 != 0 {
		return
	}
	now := time.Now()
	maps.DeleteFunc(s.requests, func(_ string, a *authRequest) bool { return now.After(a.expires) })
	maps.DeleteFunc(s.codes, func(_ string, c *authCode) bool { return now.After(c.expires) })
	maps.DeleteFunc(s.refresh, func(_ [sha256.Size]byte, t *refreshToken) bool { return now.After(t.expires) })
	maps.DeleteFunc(s.sessions, func(_ string, x *session) bool { return now.After(x.expires) })
}

// CreateAuthRequest begins a sign-in. PKCE with S256 is required.
func (s *storage) CreateAuthRequest(_ context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	if r.CodeChallenge == "" {
		return nil, oidc.ErrInvalidRequest().WithDescription("Missing parameter: code_challenge_method")
	}
	if r.CodeChallengeMethod != oidc.CodeChallengeMethodS256 {
		return nil, oidc.ErrInvalidRequest().WithDescription("Invalid parameter: code challenge method is not matching the configured one")
	}
	a := &authRequest{id: uuid.NewString(), asked: *r, expires: time.Now().Add(requestLife)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	s.requests[a.id] = a
	return a, nil
}

// AuthRequestByID returns a sign-in that has no code yet.
func (s *storage) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	if a := s.pending(id); a != nil {
		return a, nil
	}
	return nil, errors.New("this sign-in has expired or is done already")
}

// SaveAuthCode stores the code of the sign-in id and removes the sign-in.
func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.requests[id]
	if a == nil || a.session == nil {
		return errors.New("this sign-in has expired or is done already")
	}
	delete(s.requests, id)
	s.codes[code] = &authCode{request: a, expires: time.Now().Add(codeLife)}
	return nil
}

// AuthRequestByCode redeems a code, even if the token request fails later. A second use revokes the grant of the first.
func (s *storage) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.codes[code]
	switch {
	case c == nil || time.Now().After(c.expires):
		return nil, errors.New("unknown code")
	case c.used:
		c.grant.dead = true
		delete(s.sessions, c.grant.session.id)
		return nil, errors.New("code used twice")
	}
	c.used = true
	c.grant = &grant{session: c.request.session, clientID: c.request.GetClientID(), scopes: c.request.GetScopes()}
	return c.request, nil
}

// DeleteAuthRequest does nothing: SaveAuthCode has done it.
func (s *storage) DeleteAuthRequest(context.Context, string) error { return nil }

// grantOf returns the grant of a redeemed code.
func (s *storage) grantOf(code string) *grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.codes[code].grant
}

// TokenRequestByRefreshToken returns the grant of a valid refresh token.
func (s *storage) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.usable(token)
	if err != nil {
		return nil, err
	}
	return t.grant, nil
}

// usable returns a valid refresh token, or an error. Reuse revokes the whole family, as with Keycloak's "Revoke Refresh
// Token". A disabled user's tokens are rejected but kept, since enabling the user makes them valid again.
func (s *storage) usable(token string) (*refreshToken, error) {
	t := s.refresh[sha256.Sum256([]byte(token))]
	if t == nil || time.Now().After(t.expires) {
		return nil, errors.New("invalid refresh token")
	}
	if t.used {
		t.grant.dead = true
		return nil, errors.New("stale token: maximum allowed refresh token reuse exceeded")
	}
	if t.grant.dead || s.alive(t.grant.session.id) == nil {
		return nil, errors.New("session not active")
	}
	if a, ok := s.users.get(t.grant.session.userID); !ok || !a.enabled {
		return nil, errors.New("user disabled")
	}
	return t, nil
}

// issue returns a new refresh token of g, which replaces current unless that is empty. Of several calls with the same
// current one succeeds; the others revoke the family.
func (s *storage) issue(g *grant, current string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	if current != "" {
		t, err := s.usable(current)
		if err != nil {
			return "", oidc.ErrInvalidGrant().WithDescription("Stale token").WithParent(err)
		}
		t.used = true
	}
	token := randomText(700) // as long as Keycloak's
	s.refresh[sha256.Sum256([]byte(token))] = &refreshToken{grant: g, expires: time.Now().Add(refreshIdle)}
	return token, nil
}

// revoke revokes the refresh tokens of userID and returns the number of grants. Sessions remain: a browser signs in
// again without a form.
func (s *storage) revoke(userID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	killed := 0
	for _, t := range s.refresh {
		if t.grant.session.userID == userID && !t.grant.dead {
			t.grant.dead = true
			killed++
		}
	}
	return killed
}

// GetRefreshTokenInfo returns the owner of a refresh token, for the revocation endpoint.
func (s *storage) GetRefreshTokenInfo(_ context.Context, _, token string) (userID, tokenID string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.refresh[sha256.Sum256([]byte(token))]
	if t == nil {
		return "", "", op.ErrInvalidRefreshToken
	}
	return t.grant.session.userID, token, nil
}

// RevokeToken revokes a refresh token's family. Access tokens can't be revoked.
func (s *storage) RevokeToken(_ context.Context, token, _, _ string) *oidc.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.refresh[sha256.Sum256([]byte(token))]; t != nil {
		t.grant.dead = true
	}
	return nil
}

// SigningKey returns the key that signs tokens.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) { return s.keys.current() }

// KeySet returns the published keys.
func (s *storage) KeySet(context.Context) ([]op.Key, error) { return s.keys.published() }

// SignatureAlgorithms returns RS256, Keycloak's default.
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256}, nil
}

// GetClientByClientID returns the one client.
func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != s.client.id {
		return nil, oidc.ErrInvalidClient().WithDescription("Client not found.")
	}
	return s.client, nil
}

// AuthorizeClientIDSecret checks the client's secret.
func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != s.client.id || subtle.ConstantTimeCompare([]byte(secret), []byte(s.client.secret)) != 1 {
		return errors.New("invalid client or client credentials")
	}
	return nil
}

// SetUserinfoFromRequest adds Keycloak's claims to ID tokens: sid and the profile, no roles.
func (s *storage) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest, scopes []string) error {
	a, ok := s.users.get(r.GetSubject())
	if !ok {
		return errors.New("user not found")
	}
	switch from := r.(type) {
	case *authRequest:
		info.AppendClaims("sid", from.session.id)
	case *grant:
		info.AppendClaims("sid", from.session.id)
	}
	info.AppendClaims("typ", "ID")
	describe(info, a, scopes)
	return nil
}

// CreateAccessToken is not in use: answerTokens issues access tokens.
func (s *storage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return "", time.Time{}, errUnused
}

// CreateAccessAndRefreshTokens is not in use: answerTokens issues both.
func (s *storage) CreateAccessAndRefreshTokens(context.Context, op.TokenRequest, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, errUnused
}

// TerminateSession is not in use: TerminateSessionFromRequest takes its place.
func (s *storage) TerminateSession(context.Context, string, string) error { return errUnused }

// SetUserinfoFromScopes does nothing: SetUserinfoFromRequest takes its place.
func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetUserinfoFromToken is not in use: the provider answers userinfo itself.
func (s *storage) SetUserinfoFromToken(context.Context, *oidc.UserInfo, string, string, string) error {
	return errUnused
}

// SetIntrospectionFromToken makes every introspection answer "not active".
func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errUnused
}

// GetPrivateClaimsFromScopes is not in use: answerTokens issues access tokens.
func (s *storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, errUnused
}

// GetKeyByIDAndClientID rejects clients that sign assertions.
func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errUnused
}

// ValidateJWTProfileScopes rejects the JWT profile grant.
func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errUnused
}

// Health always returns nil.
func (s *storage) Health(context.Context) error { return nil }
