package demo

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Endpoints below the issuer, where Keycloak has them.
const (
	discoveryPath = "/.well-known/openid-configuration"
	authPath      = "/protocol/openid-connect/auth"
	tokenPath     = "/protocol/openid-connect/token"
	certsPath     = "/protocol/openid-connect/certs"
	userinfoPath  = "/protocol/openid-connect/userinfo"
	logoutPath    = "/protocol/openid-connect/logout"
	confirmPath   = "/protocol/openid-connect/logout/logout-confirm"
	revokePath    = "/protocol/openid-connect/revoke"
	signInPath    = "/login-actions/authenticate"
	actionPath    = "/login-actions/required-action"
)

// provider is the embedded OpenID provider: zitadel's op for the protocol, adapted where Keycloak differs.
type provider struct {
	issuer string
	op     *op.Provider
	store  *storage
	users  *directory
	client *client
	log    *slog.Logger

	cookie      string       // session cookie's name; contains the port, since cookies are shared between ports
	secure      bool         // cookies for https only
	backchannel *http.Client // posts logout tokens
}

func newProvider(o Options, users *directory) (*provider, error) {
	issuer := o.Origin + realmPath
	client := newClient(o, issuer)
	p := &provider{
		issuer: issuer,
		store:  newStorage(client, users, o.TokenTTL),
		users:  users,
		client: client,
		log:    o.Logger,
		cookie: "demo_provider_session_" + strings.Trim(o.Origin[strings.LastIndexAny(o.Origin, ":/"):], ":/"),
		secure: strings.HasPrefix(o.Origin, "https:"),
		backchannel: &http.Client{
			Timeout:       5 * time.Second,
			Transport:     &http.Transport{},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	var seal [32]byte
	_, _ = rand.Read(seal[:]) // never fails: crypto/rand ends the program instead

	built, err := op.NewProvider(&op.Config{
		CryptoKey:                         seal,
		DefaultLogoutRedirectURI:          issuer + confirmPath + "?done=1",
		CodeMethodS256:                    true,
		AuthMethodPost:                    true,
		GrantTypeRefreshToken:             true,
		SupportedScopes:                   []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail},
		BackChannelLogoutSupported:        true,
		BackChannelLogoutSessionSupported: true,
	}, p.store, op.StaticIssuer(issuer),
		op.WithAllowInsecure(),
		op.WithCORSOptions(nil),
		op.WithCustomEndpoints(op.NewEndpoint(authPath), op.NewEndpoint(tokenPath), op.NewEndpoint(userinfoPath),
			op.NewEndpoint(revokePath), op.NewEndpoint(logoutPath), op.NewEndpoint(certsPath)),
		op.WithCustomIntrospectionEndpoint(op.NewEndpoint(tokenPath+"/introspect")),
	)
	if err != nil {
		return nil, err
	}
	p.op = built
	p.store.ended = p.notify
	return p, nil
}

// routes returns the handler for all paths below the issuer. Those without a handler here are op's.
func (p *provider) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+discoveryPath, p.discovery)
	mux.HandleFunc("POST "+tokenPath, p.token)
	mux.HandleFunc(userinfoPath, p.userinfo)
	mux.HandleFunc("GET "+signInPath, p.signInForm)
	mux.HandleFunc("POST "+signInPath, p.signIn)
	mux.HandleFunc("GET "+actionPath, p.passwordForm)
	mux.HandleFunc("POST "+actionPath, p.setPassword)
	mux.HandleFunc("GET "+confirmPath, p.logoutForm)
	mux.HandleFunc("POST "+confirmPath, p.confirmLogout)
	mux.Handle("/", p.op)
	return p.likeKeycloak(mux)
}

// bearers verifies the provider's own access tokens.
func (p *provider) bearers() bearers {
	own := &op.OpenIDKeySet{Storage: p.store}
	return bearers{issuer: p.issuer, keys: func(context.Context) (oidc.KeySet, error) { return own, nil }}
}

// discovery serves GET /.well-known/openid-configuration: op's document without what isn't supported here, with
// RFC 9207's parameter, which likeKeycloak adds to authorization responses.
func (p *provider) discovery(w http.ResponseWriter, r *http.Request) {
	doc := op.CreateDiscoveryConfig(op.ContextWithIssuer(r.Context(), p.issuer), p.op, p.store)
	doc.ResponseTypesSupported = []string{string(oidc.ResponseTypeCode)}
	doc.ResponseModesSupported = []string{"query"}
	doc.GrantTypesSupported = []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
	doc.TokenEndpointAuthMethodsSupported = []oidc.AuthMethod{oidc.AuthMethodBasic, oidc.AuthMethodPost}
	doc.DeviceAuthorizationEndpoint = ""
	answerJSON(w, http.StatusOK, struct {
		*oidc.DiscoveryConfiguration
		IssParameter bool `json:"authorization_response_iss_parameter_supported"`
	}{doc, true})
}

// userinfo serves GET and POST /userinfo. A token whose session has ended or whose user is disabled is rejected.
func (p *provider) userinfo(w http.ResponseWriter, r *http.Request) {
	claims, err := p.bearers().verify(r)
	if err == nil {
		var info *oidc.UserInfo
		if info, err = p.store.userinfo(claims); err == nil {
			answerJSON(w, http.StatusOK, info)
			return
		}
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="master", error="invalid_token"`)
	answerJSON(w, http.StatusUnauthorized, map[string]string{
		"error": "invalid_token", "error_description": "Token verification failed",
	})
}

// client is the dashboard as it is registered at the provider. It implements op.Client.
type client struct {
	id, secret, issuer string
	bases              []string // public URLs
	ttl                func() time.Duration
}

func newClient(o Options, issuer string) *client {
	c := &client{id: o.ClientID, secret: o.ClientSecret, issuer: issuer}
	for _, base := range append([]string{o.PublicURL}, o.ExtraPublicURLs...) {
		if base != "" {
			c.bases = append(c.bases, strings.TrimRight(base, "/"))
		}
	}
	return c
}

func (c *client) each(suffix string) []string {
	uris := make([]string, len(c.bases))
	for i, base := range c.bases {
		uris[i] = base + suffix
	}
	return uris
}

// origins returns the dashboards' origins, for form-action.
func (c *client) origins() []string {
	var origins []string
	for _, base := range c.bases {
		if u, err := url.Parse(base); err == nil {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	return origins
}

func (c *client) GetID() string                       { return c.id }
func (c *client) RedirectURIs() []string              { return c.each("/callback") }
func (c *client) PostLogoutRedirectURIs() []string    { return c.each("/signed-out") }
func (c *client) backchannelURLs() []string           { return c.each("/backchannel-logout") }
func (c *client) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (c *client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c *client) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeJWT }
func (c *client) IDTokenLifetime() time.Duration       { return c.ttl() }
func (c *client) DevMode() bool                        { return true } // http redirect URIs
func (c *client) IsScopeAllowed(string) bool           { return false }
func (c *client) IDTokenUserinfoClaimsAssertion() bool { return true }
func (c *client) ClockSkew() time.Duration             { return 0 }

func (c *client) AuthMethod() oidc.AuthMethod {
	if c.secret == "" {
		return oidc.AuthMethodNone
	}
	return oidc.AuthMethodBasic
}

func (c *client) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
}

func (c *client) LoginURL(id string) string {
	return c.issuer + signInPath + "?id=" + url.QueryEscape(id)
}

func (c *client) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}

func (c *client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func(scopes []string) []string { return scopes }
}
