package app_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/net/html"

	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/demo"
)

// hostile is the demo's provider with ID tokens of the test's own: what it gives passes on its way here. The key that they
// are signed with is among the published ones.
type hostile struct {
	t         *testing.T
	key, evil *rsa.PrivateKey // evil is published nowhere

	mu    sync.Mutex
	forge func(h *hostile, claims map[string]any) string
	given []string // tokens
}

// forgedKeyID names the key in the published set.
const forgedKeyID = "forged"

// startHostile is start with that provider.
func startHostile(t *testing.T) (*stack, *hostile) {
	t.Helper()
	h := &hostile{t: t, key: newKey(t), evil: newKey(t)}
	inner, site := listen(t), listen(t)
	target := &url.URL{Scheme: "http", Host: inner.Addr().String()}
	transport := &http.Transport{DisableCompression: true}
	outer := httptest.NewServer(&httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		ModifyResponse: h.pass,
	})
	s := &stack{t: t, log: &safeBuffer{}, standIn: outer.URL, site: "http://" + site.Addr().String()}
	environ := environment(s.standIn, s.site, t.TempDir())
	settings, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	s.address = s.site
	s.runStandIn(inner, demo.Options{Users: 5, Origin: s.standIn, PublicURL: s.site, ClientSecret: environ["OIDC_CLIENT_SECRET"]})
	t.Cleanup(func() {
		outer.Close()
		transport.CloseIdleConnections()
	})
	s.runSite(site, settings)
	return s, h
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// pass adds our key to the provider's, and replaces ID tokens.
func (h *hostile) pass(res *http.Response) error {
	isCerts, isToken := strings.HasSuffix(res.Request.URL.Path, "/certs"), strings.HasSuffix(res.Request.URL.Path, "/token")
	if !isCerts && !isToken {
		return nil
	}
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return err
	}
	switch {
	case isCerts:
		public := jose.JSONWebKey{Key: h.key.Public(), KeyID: forgedKeyID, Algorithm: "RS256", Use: "sig"}
		answer["keys"] = append(answer["keys"].([]any), public)
	case answer["id_token"] != nil:
		h.mu.Lock()
		answer["id_token"] = h.forge(h, claimsOf(h.t, answer["id_token"].(string)))
		for _, name := range []string{"id_token", "access_token", "refresh_token"} {
			h.given = append(h.given, answer[name].(string))
		}
		h.mu.Unlock()
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// part is a piece of a token.
func part(text []byte) string { return base64.RawURLEncoding.EncodeToString(text) }

func claimsOf(t *testing.T, token string) map[string]any {
	var claims map[string]any
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Error(err)
	}
	return claims
}

func (h *hostile) sign(algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key},
		(&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", forgedKeyID))
	if err != nil {
		h.t.Error(err)
		return ""
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		h.t.Error(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		h.t.Error(err)
		return ""
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		h.t.Error(err)
	}
	return token
}

// claiming signs what the provider said with one claim changed.
func claiming(name string, value any) func(*hostile, map[string]any) string {
	return func(h *hostile, claims map[string]any) string {
		claims[name] = value
		return h.sign(jose.RS256, h.key, claims)
	}
}

func TestSec03_12_15_16_17_AForgedIDTokenSignsNobodyIn(t *testing.T) {
	s, h := startHostile(t)
	ago := func(d time.Duration) int64 { return time.Now().Add(-d).Unix() }
	for name, forge := range map[string]func(h *hostile, claims map[string]any) string{
		"another nonce":    claiming("nonce", "another"),
		"another audience": claiming("aud", "another-client"),
		"another issuer":   claiming("iss", "https://evil.example/auth/realms/master"),
		"expired": func(h *hostile, claims map[string]any) string {
			claims["iat"], claims["exp"] = ago(time.Hour), ago(50*time.Minute)
			return h.sign(jose.RS256, h.key, claims)
		},
		"alg none": func(h *hostile, claims map[string]any) string {
			delete(claims, "at_hash") // which can't be judged with such an algorithm, and would be the reason
			payload, err := json.Marshal(claims)
			if err != nil {
				h.t.Error(err)
			}
			return part([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + part(payload) + "."
		},
		"HMAC with the public key": func(h *hostile, claims map[string]any) string {
			delete(claims, "at_hash") // likewise
			public, err := x509.MarshalPKIXPublicKey(h.key.Public())
			if err != nil {
				h.t.Error(err)
			}
			return h.sign(jose.HS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), claims)
		},
		"a key that is not published": func(h *hostile, claims map[string]any) string { return h.sign(jose.RS256, h.evil, claims) },
	} {
		t.Run(name, func(t *testing.T) {
			b := h.mustRefuse(t, s, forge)
			// What was wrong was the forgery alone: the same provider, honest, signs the same browser in.
			h.set(func(h *hostile, claims map[string]any) string { return h.sign(jose.RS256, h.key, claims) })
			if p := b.get(s.site + "/users"); p.status != http.StatusOK || p.url.Path != "/users" || p.url.Host != s.host() {
				t.Errorf("an honest token: %d %s %s", p.status, p.url, p.text())
			}
		})
	}
}

func (h *hostile) set(forge func(*hostile, map[string]any) string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forge, h.given = forge, nil
}

// mustRefuse signs in with a forged token, and sees that it gives a page and nothing else.
func (h *hostile) mustRefuse(t *testing.T, s *stack, forge func(*hostile, map[string]any) string) *browser {
	t.Helper()
	h.set(forge)
	s.control(http.MethodDelete, "requests", nil)
	b := s.browser()
	p := b.signIn("/users", demo.AdminEmail)
	heading := find(p.doc, func(n *html.Node) bool { return n.Data == "h1" })
	if p.status != http.StatusBadRequest || heading == nil || (page{doc: heading}).text() != "The sign-in did not work" {
		t.Errorf("%d %s", p.status, p.text())
	}
	h.mu.Lock()
	given := h.given
	h.mu.Unlock()
	if len(given) != 3 {
		t.Fatalf("%d tokens were given", len(given))
	}
	for _, token := range given {
		for _, piece := range strings.Split(token, ".") {
			if len(piece) > 20 && (strings.Contains(p.body, piece) || strings.Contains(s.log.String(), piece)) {
				t.Errorf("the page or the log has a part of a token: %s", piece)
			}
		}
	}
	once := *b.client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	stranger := &browser{stack: s, client: &once}
	if p := stranger.get(s.site + "/users"); p.status != http.StatusSeeOther || !strings.HasPrefix(p.header.Get("Location"), "/login?") {
		t.Errorf("there is a session: %d %s", p.status, p.text())
	}
	if n := len(s.requests("query")); n != 0 {
		t.Errorf("the API was asked %d times", n)
	}
	return b
}
