package demo

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/crypto"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// tokenAnswer is the answer of Keycloak's token endpoint.
type tokenAnswer struct {
	AccessToken      string `json:"access_token"`
	ExpiresIn        int64  `json:"expires_in"`
	RefreshExpiresIn int64  `json:"refresh_expires_in"`
	RefreshToken     string `json:"refresh_token"`
	TokenType        string `json:"token_type"`
	IDToken          string `json:"id_token,omitempty"`
	NotBeforePolicy  int    `json:"not-before-policy"`
	SessionState     string `json:"session_state"`
	Scope            string `json:"scope"`
}

// token serves POST /token. op validates the request; the answer is built here, since op, unlike Keycloak, issues access
// and ID tokens with the same audience, and refresh tokens only for offline_access.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(op.ContextWithIssuer(r.Context(), p.issuer))
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	var (
		answer *tokenAnswer
		err    error
	)
	switch grantType := oidc.GrantType(r.PostFormValue("grant_type")); grantType {
	case oidc.GrantTypeCode:
		answer, err = p.exchangeCode(r)
	case oidc.GrantTypeRefreshToken:
		answer, err = p.refresh(r)
	default:
		err = oidc.ErrUnsupportedGrantType().WithDescription("Unsupported grant_type")
	}
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		p.refuseToken(w, err)
		return
	}
	answerJSON(w, http.StatusOK, answer)
}

func (p *provider) exchangeCode(r *http.Request) (*tokenAnswer, error) {
	in, err := op.ParseAccessTokenRequest(r, p.op.Decoder())
	if err != nil {
		return nil, err
	}
	asked, _, err := op.ValidateAccessTokenRequest(r.Context(), in, p.op)
	if err != nil {
		return nil, err
	}
	return p.answerTokens(r, p.store.grantOf(in.Code), asked, "")
}

func (p *provider) refresh(r *http.Request) (*tokenAnswer, error) {
	in, err := op.ParseRefreshTokenRequest(r, p.op.Decoder())
	if err != nil {
		return nil, err
	}
	asked, _, err := op.ValidateRefreshTokenRequest(r.Context(), in, p.op)
	if err != nil {
		return nil, err
	}
	g, ok := asked.(*grant)
	if !ok {
		return nil, oidc.ErrServerError()
	}
	return p.answerTokens(r, g, g, in.RefreshToken)
}

// answerTokens issues the tokens of g. id is the request of the ID token; current is the refresh token to be replaced.
func (p *provider) answerTokens(r *http.Request, g *grant, id op.IDTokenRequest, current string) (*tokenAnswer, error) {
	ttl := p.store.tokenTTL()
	access, err := p.accessToken(g.session.userID, g.session.id, g.session.since, g.scopes, ttl)
	if err != nil {
		return nil, err
	}
	refresh, err := p.store.issue(g, current)
	if err != nil {
		return nil, err
	}
	answer := &tokenAnswer{
		AccessToken: access, ExpiresIn: int64(ttl.Seconds()),
		RefreshToken: refresh, RefreshExpiresIn: int64(refreshIdle.Seconds()),
		TokenType: oidc.BearerToken, SessionState: g.session.id, Scope: strings.Join(g.scopes, " "),
	}
	if slices.Contains(g.scopes, oidc.ScopeOpenID) {
		answer.IDToken, err = op.CreateIDToken(r.Context(), p.issuer, id, ttl, access, "", p.store, p.client)
	}
	return answer, err
}

// accessToken returns an access token with Keycloak's claims. Only it has the roles; its audience is never the client.
// Its times are whole seconds, so that it is valid for ttl and up to a second more.
func (p *provider) accessToken(userID, sid string, since time.Time, scopes []string, ttl time.Duration) (string, error) {
	a, ok := p.users.get(userID)
	if !ok {
		return "", oidc.ErrInvalidGrant().WithDescription("User not found")
	}
	now := time.Now()
	claims := map[string]any{
		"iss": p.issuer, "sub": a.id, "typ": "Bearer", "azp": p.client.id, "sid": sid, "jti": "onrtac:" + uuid.NewString(),
		"iat": now.Unix(), "exp": now.Unix() + int64(ttl.Seconds()), "auth_time": since.Unix(), "acr": "1",
		"scope": strings.Join(scopes, " "), "email_verified": a.emailVerified, "preferred_username": a.username,
		"aud": "account", "realm_access": map[string]any{"roles": []string{"default-roles-master", "offline_access", "uma_authorization"}},
	}
	hasura := map[string]any{"x-hasura-user-id": a.id, "x-hasura-default-role": "user", "x-hasura-allowed-roles": []string{"user"}}
	resources := map[string]any{"account": map[string]any{"roles": []string{"manage-account", "manage-account-links", "view-profile"}}}
	if a.admin {
		claims["aud"] = []string{"master-realm", "account"}
		claims["realm_access"] = map[string]any{
			"roles": []string{"create-realm", "default-roles-master", "offline_access", "admin", "uma_authorization"},
		}
		resources["master-realm"] = map[string]any{"roles": []string{
			"view-identity-providers", "view-realm", "manage-identity-providers", "impersonation", "create-client",
			"manage-users", "query-realms", "view-authorization", "query-clients", "query-users", "manage-events",
			"manage-realm", "view-events", "view-users", "view-clients", "manage-authorization", "manage-clients", "query-groups",
		}}
		hasura["x-hasura-default-role"] = "admin_user"
		hasura["x-hasura-allowed-roles"] = []string{"user", "admin_user"}
	}
	claims["resource_access"], claims["https://hasura.io/jwt/claims"] = resources, hasura
	if a.email != "" {
		claims["email"] = a.email
	}
	if name := a.name(); name != "" {
		claims["name"], claims["given_name"], claims["family_name"] = name, a.first, a.last
	}
	return p.sign(claims)
}

func (p *provider) sign(claims any) (string, error) {
	key, err := p.store.keys.current()
	if err != nil {
		return "", err
	}
	signer, err := op.SignerFromKey(key)
	if err != nil {
		return "", err
	}
	return crypto.Sign(claims, signer)
}

// refuseToken sends an error of the token endpoint in Keycloak's format and words.
func (p *provider) refuseToken(w http.ResponseWriter, err error) {
	e := oidc.DefaultToServerError(err, "Internal error")
	status, code, text := http.StatusBadRequest, string(e.ErrorType), e.Description
	var server *oidc.Error
	if !errors.As(err, &server) || e.ErrorType == oidc.ServerError {
		p.log.Error("a token request to the demo provider failed", "error", err)
		status = http.StatusInternalServerError
	}
	if code == string(oidc.InvalidClient) {
		status, code, text = http.StatusUnauthorized, string(oidc.UnauthorizedClient), "Invalid client or Invalid client credentials"
	}
	answerJSON(w, status, map[string]string{"error": code, "error_description": text})
}

// userinfo returns the userinfo claims for an access token whose session is active.
func (s *storage) userinfo(claims *oidc.AccessTokenClaims) (*oidc.UserInfo, error) {
	sid, _ := claims.Claims["sid"].(string)
	if s.session(sid) == nil {
		return nil, errors.New("session not active")
	}
	a, ok := s.users.get(claims.Subject)
	if !ok || !a.enabled {
		return nil, errors.New("user disabled")
	}
	info := new(oidc.UserInfo)
	describe(info, a, strings.Fields(strings.Join(claims.Scopes, " ")))
	return info, nil
}

// describe sets the claims of scopes; claims that the account lacks are omitted.
func describe(info *oidc.UserInfo, a account, scopes []string) {
	info.Subject = a.id
	if slices.Contains(scopes, oidc.ScopeProfile) {
		info.PreferredUsername = a.username
		info.Name, info.GivenName, info.FamilyName = a.name(), a.first, a.last
	}
	if slices.Contains(scopes, oidc.ScopeEmail) {
		info.Email, info.EmailVerified = a.email, oidc.Bool(a.emailVerified)
	}
}
