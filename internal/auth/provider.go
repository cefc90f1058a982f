package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"wallaroo-user-admin/internal/upstream"
)

// provider finds the identity provider when it is first needed, and asks again after a failure.
type provider struct {
	issuer  string
	to      endpoints
	timeout time.Duration
	now     func() time.Time
	oauth   oauth2.Config // all but the endpoint

	flight singleflight.Group
	mu     sync.Mutex
	found  *metadata
}

// metadata is what the provider says of itself, checked.
type metadata struct {
	issuer     string
	clientID   string
	to         endpoints
	now        func() time.Time
	oauth      oauth2.Config
	oidc       *oidc.Provider
	announces  bool   // an iss parameter comes with each callback, RFC 9207
	endSession string // "" where the provider has no such endpoint
	keys       *keySet
	// logoutKeys are the same keys with a budget of their own: anybody may send logout tokens with unknown key ids,
	// and must not spend what sign-ins need to notice a new key.
	logoutKeys *keySet
}

func newProvider(o Options, s site) *provider {
	return &provider{
		issuer:  o.Issuer,
		to:      newEndpoints(o.Transport, o.Timeout),
		timeout: o.Timeout,
		now:     o.Now,
		oauth: oauth2.Config{
			ClientID:     o.ClientID,
			ClientSecret: o.ClientSecret,
			RedirectURL:  s.url(PathCallback),
			Scopes:       slices.Clone(o.Scopes),
		},
	}
}

// get returns the metadata. Callers at the same time share one discovery. The error is an [Error].
//
// A failure that comes at once is not remembered: who comes just when the provider is back is served. One that hangs is
// left alone for some seconds, and then one visitor waits for it and nobody else.
func (p *provider) get(ctx context.Context) (*metadata, error) {
	p.mu.Lock()
	found := p.found
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	m, err := share(ctx, &p.flight, p.to.discovery.Endpoint, p.timeout/2, func(ctx context.Context) (*metadata, error) {
		m, err := p.discover(ctx)
		if err == nil {
			p.mu.Lock()
			p.found = m
			p.mu.Unlock()
		}
		return m, err
	})
	if err != nil && KindOf(err) == "" {
		err = fail(ProviderUnavailable, "discovery", err)
	}
	return m, err
}

func (p *provider) discover(ctx context.Context) (*metadata, error) {
	found, err := oidc.NewProvider(p.to.discovery.context(ctx), p.issuer)
	if _, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return nil, fail(Misconfigured, "discovery names another issuer", err)
	}
	if err != nil {
		return nil, fail(ProviderUnavailable, "discovery", brief(err)) // go-oidc puts the whole answer into it
	}
	var said struct {
		JWKS        string   `json:"jwks_uri"`
		EndSession  string   `json:"end_session_endpoint"`
		AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
		Announces   bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&said); err != nil {
		return nil, fail(ProviderUnavailable, "discovery", err)
	}
	m := &metadata{
		issuer: p.issuer, clientID: p.oauth.ClientID, to: p.to, now: p.now, oidc: found,
		oauth: p.oauth, announces: said.Announces, endSession: said.EndSession,
		keys:       newKeySet(said.JWKS, p.to.keys, p.timeout, p.now),
		logoutKeys: newKeySet(said.JWKS, p.to.keys, p.timeout, p.now),
	}
	m.oauth.Endpoint = found.Endpoint()
	m.oauth.Endpoint.AuthStyle = authStyle(p.oauth.ClientSecret, said.AuthMethods)
	if err := p.checkEndpoints(m, said.JWKS); err != nil {
		return nil, err
	}
	if p.checkEndpoint(m.endSession) != nil {
		m.endSession = ""
	}
	return m, nil
}

// checkEndpoints verifies what a client secret, a code, a token or a key goes through. A provider may do without userinfo.
func (p *provider) checkEndpoints(m *metadata, jwks string) error {
	endpoints := map[string]string{
		"authorization_endpoint": m.oauth.Endpoint.AuthURL, "token_endpoint": m.oauth.Endpoint.TokenURL, "jwks_uri": jwks,
	}
	if userinfo := m.oidc.UserInfoEndpoint(); userinfo != "" {
		endpoints["userinfo_endpoint"] = userinfo
	}
	for name, endpoint := range endpoints {
		if err := p.checkEndpoint(endpoint); err != nil {
			return fail(Misconfigured, "discovery: "+name, err)
		}
	}
	return nil
}

// checkEndpoint refuses an endpoint that is no web address, and one that steps down from the issuer's https.
func (p *provider) checkEndpoint(endpoint string) error {
	if !isWebURL(endpoint) {
		return fmt.Errorf("%q is no web address", clip(endpoint, 200))
	}
	if strings.HasPrefix(p.issuer, "https:") && !strings.HasPrefix(strings.ToLower(endpoint), "https:") {
		return fmt.Errorf("%q is not https, though the issuer is", clip(endpoint, 200))
	}
	return nil
}

// authStyle settles how the client shows itself. The library's own detection would send a refused code or refresh
// token a second time, and providers end the session over that.
func authStyle(secret string, methods []string) oauth2.AuthStyle {
	basic := len(methods) == 0 || slices.Contains(methods, "client_secret_basic") // the default of RFC 8414 section 2
	if secret != "" && basic {
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleInParams
}

// context carries an endpoint's bounded client to the libraries.
func (e *endpoint) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, e.client)
}

// endSessionURL is where a browser goes to end the provider's session. RP-Initiated Logout 1.0 section 2.
func (m *metadata) endSessionURL(idToken, next string) string {
	u, err := url.Parse(m.endSession)
	if err != nil {
		return next
	}
	q := u.Query()
	q.Set("client_id", m.clientID)
	q.Set("post_logout_redirect_uri", next)
	if idToken != "" {
		q.Set("id_token_hint", idToken)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// tokenFailure tells the ways apart in which a token endpoint fails. What it answered is not kept: it may hold tokens.
func tokenFailure(err error) *Error {
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return fail(ProviderUnavailable, "token endpoint", brief(err))
	}
	status := 0
	if answer.Response != nil {
		status = answer.Response.StatusCode
	}
	cause := fmt.Errorf("status %d, error %q", status, clip(answer.ErrorCode, 60))
	switch answer.ErrorCode {
	case "invalid_client", "unauthorized_client":
		return fail(Misconfigured, "the provider does not accept our client", cause)
	case "", "server_error", "temporarily_unavailable", "slow_down":
		return fail(ProviderUnavailable, "token endpoint", cause)
	}
	if status >= 500 || status == http.StatusTooManyRequests || status/100 == 3 {
		return fail(ProviderUnavailable, "token endpoint", cause)
	}
	return fail(SignInRefused, "token endpoint: "+clip(answer.ErrorCode, 60), cause)
}

// brief cuts what an error tells, as the log needs no page of HTML. That the provider was not asked is short, and kept.
func brief(err error) error {
	if errors.Is(err, upstream.ErrOpen) {
		return err
	}
	return errors.New(clip(err.Error(), 200))
}

// clip cuts s to n runes.
func clip(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n]) + "…"
}
