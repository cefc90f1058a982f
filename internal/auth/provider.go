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

// provider runs discovery when the identity provider is first needed, and again after a failure.
type provider struct {
	issuer  string
	to      endpoints
	clock   *providerClock
	timeout time.Duration
	now     func() time.Time
	oauth   oauth2.Config // all but the endpoint

	flight singleflight.Group
	mu     sync.Mutex
	found  *metadata
}

// metadata is the provider's discovery document (OpenID Connect Discovery 1.0 section 3), validated.
type metadata struct {
	issuer       string
	clientID     string
	to           endpoints
	clock        *providerClock
	now          func() time.Time
	oauth        oauth2.Config
	oidc         *oidc.Provider
	issParameter bool   // each callback has an iss parameter (RFC 9207)
	endSession   string // "" if the provider has no such endpoint
	keys         *keySet
}

func newProvider(o Options, s site) *provider {
	clock := &providerClock{base: o.Transport, now: o.Now, log: o.Logger}
	return &provider{
		issuer:  o.Issuer,
		to:      newEndpoints(clock, o.Timeout),
		clock:   clock,
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

// get returns the metadata; concurrent callers share one discovery. The error is an [Error] of Kind ProviderUnavailable or
// Misconfigured.
//
// A quick failure is not cached, so that sign-ins work as soon as the provider is back. After time-outs the circuit
// breaker opens, and then a single request tries the provider again.
func (p *provider) get(ctx context.Context) (*metadata, error) {
	p.mu.Lock()
	found := p.found
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	m, err := doShared(ctx, &p.flight, p.to.discovery.Endpoint, p.timeout/2, func(ctx context.Context) (*metadata, error) {
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
		return nil, fail(ProviderUnavailable, "discovery", shortError(err)) // go-oidc's error has the whole response body
	}
	var doc struct {
		JWKS         string   `json:"jwks_uri"`
		EndSession   string   `json:"end_session_endpoint"`
		AuthMethods  []string `json:"token_endpoint_auth_methods_supported"`
		IssParameter bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&doc); err != nil {
		return nil, fail(ProviderUnavailable, "discovery", err)
	}
	m := &metadata{
		issuer: p.issuer, clientID: p.oauth.ClientID, to: p.to, clock: p.clock, now: p.now, oidc: found,
		oauth: p.oauth, issParameter: doc.IssParameter, endSession: doc.EndSession,
		keys: newKeySet(doc.JWKS, p.to.keys, p.timeout, p.now),
	}
	m.oauth.Endpoint = found.Endpoint()
	m.oauth.Endpoint.AuthStyle = authStyle(p.oauth.ClientSecret, doc.AuthMethods)
	if err := p.checkEndpoints(m, doc.JWKS); err != nil {
		return nil, err
	}
	if p.checkEndpoint(m.endSession) != nil {
		m.endSession = ""
	}
	return m, nil
}

// checkEndpoints validates the URLs of the endpoints that handle secrets, codes, tokens or keys. userinfo is optional.
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

// checkEndpoint returns an error for an endpoint that is not an http or https URL, or not https though the issuer is.
func (p *provider) checkEndpoint(endpoint string) error {
	if !isWebURL(endpoint) {
		return fmt.Errorf("%q is no web address", truncate(endpoint, 200))
	}
	if strings.HasPrefix(p.issuer, "https:") && !strings.HasPrefix(strings.ToLower(endpoint), "https:") {
		return fmt.Errorf("%q is not https, though the issuer is", truncate(endpoint, 200))
	}
	return nil
}

// authStyle returns the client authentication method: client_secret_basic if it is supported, else client_secret_post.
// The library's auto-detection would send a refused code or refresh token again, and providers end the session for that.
func authStyle(secret string, methods []string) oauth2.AuthStyle {
	basic := len(methods) == 0 || slices.Contains(methods, "client_secret_basic") // the default of RFC 8414 section 2
	if secret != "" && basic {
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleInParams
}

// context returns a context with which go-oidc and x/oauth2 use the endpoint's client.
func (e *endpoint) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, e.client)
}

// endSessionURL returns the URL at which a browser ends the provider's session and is sent on to next (RP-Initiated
// Logout 1.0 section 2). idToken is the hint, or "".
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

// tokenFailure returns an [Error] for a failed request to the token endpoint, by its error code (RFC 6749 section 5.2) and
// status: Misconfigured, ProviderUnavailable or SignInRefused. The response body is dropped: it may hold tokens.
func tokenFailure(err error) *Error {
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return fail(ProviderUnavailable, "token endpoint", shortError(err))
	}
	status := 0
	if answer.Response != nil {
		status = answer.Response.StatusCode
	}
	cause := fmt.Errorf("status %d, error %q", status, truncate(answer.ErrorCode, 60))
	switch answer.ErrorCode {
	case "invalid_client", "unauthorized_client":
		return fail(Misconfigured, "the provider does not accept our client", cause)
	case "", "server_error", "temporarily_unavailable", "slow_down":
		return fail(ProviderUnavailable, "token endpoint", cause)
	}
	if status >= 500 || status == http.StatusTooManyRequests || status/100 == 3 {
		return fail(ProviderUnavailable, "token endpoint", cause)
	}
	return fail(SignInRefused, "token endpoint: "+truncate(answer.ErrorCode, 60), cause)
}

// shortError truncates an error's text for the log; [upstream.ErrOpen] keeps its identity.
func shortError(err error) error {
	if errors.Is(err, upstream.ErrOpen) {
		return err
	}
	return errors.New(truncate(err.Error(), 200))
}

// truncate returns s, or its first n runes and an ellipsis.
func truncate(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n]) + "…"
}
