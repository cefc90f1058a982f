package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The provider's key, its next one, and a key of somebody else. They are made once for all tests.
var keys = sync.OnceValue(func() [3]*rsa.PrivateKey {
	var out [3]*rsa.PrivateKey
	for i := range out {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		out[i] = k
	}
	return out
})

// clock stands still until a test advances it, unless it runs.
type clock struct {
	mu   sync.Mutex
	t    time.Time
	runs bool
}

func newClock() *clock { return &clock{t: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.runs {
		return time.Now()
	}
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

const (
	testClient = "dashboard"
	testSecret = "client-secret-of-the-dashboard"
	testLife   = 60 * time.Second
)

// fakeProvider is an OpenID provider without faults until a test sets one. It rotates refresh tokens, and ends a
// session when a used refresh token is sent again, as strict providers do.
type fakeProvider struct {
	t     testing.TB
	srv   *httptest.Server
	clock *clock
	ahead time.Duration // how far its own clock is ahead of clock

	mu        sync.Mutex
	user      map[string]any // profile and sub of who signs in
	roles     any
	key       *rsa.PrivateKey
	kid       string
	extraKeys []any
	codes     map[string]url.Values
	families  map[string]*family // by refresh token
	noRefresh bool               // answers a refresh without a new refresh token
	calls     map[string]int

	// Faults. Each may be nil.
	discovery func(doc map[string]any)
	callback  func(q url.Values)
	idClaims  func(c map[string]any)
	accClaims func(c map[string]any)
	sign      func(claims map[string]any) string // signs ID tokens in place of the key
	signAcc   func(claims map[string]any) string
	answer    func(a map[string]any)
	endpoint  map[string]http.HandlerFunc // replaces an endpoint, by path
	lastAuth  url.Values
	lastToken url.Values
}

type family struct {
	current, sid, sub, nonce string
	dead                     bool
}

func newProvider(t testing.TB, c *clock) *fakeProvider {
	p := unservedProvider(t, c)
	p.srv = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.srv.Close)
	return p
}

// unservedProvider returns a provider without a server.
func unservedProvider(t testing.TB, c *clock) *fakeProvider {
	return &fakeProvider{
		t: t, clock: c, key: keys()[0], kid: "k1",
		user:  map[string]any{"sub": "u-1", "name": "Ada Admin", "email": "admin@example.com", "preferred_username": "ada"},
		roles: []any{"default-roles", "admin"},
		codes: map[string]url.Values{}, families: map[string]*family{}, calls: map[string]int{}, endpoint: map[string]http.HandlerFunc{},
	}
}

// now is the time by the provider's own clock.
func (p *fakeProvider) now() time.Time { return p.clock.now().Add(p.ahead) }

func (p *fakeProvider) issuer() string { return p.srv.URL + "/auth/realms/master" }

func (p *fakeProvider) serve(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path[len("/auth/realms/master"):]
	p.mu.Lock()
	p.calls[name]++
	replaced := p.endpoint[name]
	w.Header().Set("Date", p.now().UTC().Format(http.TimeFormat))
	p.mu.Unlock()
	if replaced != nil {
		replaced(w, r)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch name {
	case "/.well-known/openid-configuration":
		p.serveDiscovery(w)
	case "/certs":
		p.serveKeys(w)
	case "/authorize":
		p.serveAuthorize(w, r)
	case "/token":
		p.serveToken(w, r)
	case "/userinfo":
		writeJSON(w, http.StatusOK, p.user)
	default:
		http.NotFound(w, r)
	}
}

// set changes the provider while it serves.
func (p *fakeProvider) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *fakeProvider) count(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[name]
}

func (p *fakeProvider) serveDiscovery(w http.ResponseWriter) {
	doc := map[string]any{
		"issuer": p.issuer(), "authorization_endpoint": p.issuer() + "/authorize", "token_endpoint": p.issuer() + "/token",
		"jwks_uri": p.issuer() + "/certs", "userinfo_endpoint": p.issuer() + "/userinfo", "end_session_endpoint": p.issuer() + "/logout",
		"id_token_signing_alg_values_supported":          []string{"RS256", "HS256", "none"},
		"authorization_response_iss_parameter_supported": true,
	}
	if p.discovery != nil {
		p.discovery(doc)
	}
	writeJSON(w, http.StatusOK, doc)
}

func (p *fakeProvider) serveKeys(w http.ResponseWriter) {
	set := []any{jose.JSONWebKey{Key: p.key.Public(), KeyID: p.kid, Algorithm: "RS256", Use: "sig"}}
	writeJSON(w, http.StatusOK, map[string]any{"keys": append(set, p.extraKeys...)})
}

func (p *fakeProvider) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.lastAuth = q
	code := "code-" + rand.Text()
	p.codes[code] = q
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.issuer()}, "session_state": {"x"}}
	if p.callback != nil {
		p.callback(back)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

func (p *fakeProvider) serveToken(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	p.lastToken = r.PostForm
	if id, secret, ok := r.BasicAuth(); !ok || id != testClient || secret != testSecret {
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": "unauthorized_client"})
		return
	}
	var f *family
	refreshing := r.PostForm.Get("grant_type") == "refresh_token"
	if refreshing {
		f = p.families[r.PostForm.Get("refresh_token")]
		if f != nil && f.current != r.PostForm.Get("refresh_token") {
			f.dead = true // a spent one came back
		}
	} else if q, ok := p.codes[r.PostForm.Get("code")]; ok && p.matches(q, r.PostForm) {
		delete(p.codes, r.PostForm.Get("code"))
		f = &family{sid: "sid-" + rand.Text(), sub: p.user["sub"].(string), nonce: q.Get("nonce")}
	}
	if f == nil || f.dead {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "Session not active"})
		return
	}
	writeJSON(w, http.StatusOK, p.issue(f, refreshing))
}

// matches checks PKCE and redirect_uri as a provider does.
func (p *fakeProvider) matches(q, form url.Values) bool {
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == q.Get("code_challenge") && form.Get("redirect_uri") == q.Get("redirect_uri")
}

func (p *fakeProvider) issue(f *family, refreshing bool) map[string]any {
	now := p.now()
	access := map[string]any{
		"iss": p.issuer(), "sub": f.sub, "aud": []string{"master-realm", "account"}, "azp": testClient, "typ": "Bearer", "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(testLife).Unix(), "realm_access": map[string]any{"roles": p.roles},
	}
	change(p.accClaims, access)
	accessToken := p.signWith(p.signAcc, access)
	id := maps.Clone(p.user)
	maps.Copy(id, map[string]any{
		"iss": p.issuer(), "sub": f.sub, "aud": testClient, "azp": testClient, "typ": "ID", "nonce": f.nonce, "sid": f.sid,
		"iat": now.Unix(), "exp": now.Add(testLife).Unix(), "at_hash": atHash(accessToken),
	})
	change(p.idClaims, id)
	answer := map[string]any{
		"access_token": accessToken, "token_type": "Bearer", "expires_in": int(testLife / time.Second), "id_token": p.signWith(p.sign, id),
	}
	if !refreshing || !p.noRefresh {
		f.current = "refresh-" + rand.Text()
		p.families[f.current] = f
		answer["refresh_token"] = f.current
	}
	change(p.answer, answer)
	return answer
}

func change(f func(map[string]any), m map[string]any) {
	if f != nil {
		f(m)
	}
}

func (p *fakeProvider) signWith(sign func(map[string]any) string, claims map[string]any) string {
	if sign != nil {
		return sign(claims)
	}
	return signed(p.t, jose.RS256, p.key, p.kid, "JWT", claims)
}

// logoutToken returns a valid logout token with the test's changes applied.
func (p *fakeProvider) logoutToken(spoil func(map[string]any)) map[string]any {
	now := p.now()
	c := map[string]any{
		"iss": p.issuer(), "aud": testClient, "iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "jti": rand.Text(), "typ": "Logout",
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}
	change(spoil, c)
	return c
}

func atHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// signed returns a compact JWS of any algorithm; the type of key depends on the algorithm.
func signed(t testing.TB, alg jose.SignatureAlgorithm, key any, kid, typ string, claims map[string]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithHeader("kid", kid)
	if typ != "" {
		options = options.WithType(jose.ContentType(typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	return signedBy(t, signer, claims)
}

func signedBy(t testing.TB, signer jose.Signer, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
