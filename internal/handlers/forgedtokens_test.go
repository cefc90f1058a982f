package handlers_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// hostile is the demo's provider with ID tokens made by the test: the provider's answers pass through it. Its signing
// key is in the published set, beside a key of an unknown type.
type hostile struct {
	t         *testing.T
	key, evil *rsa.PrivateKey // evil is published nowhere
	database  string          // the dashboard's file

	mu    sync.Mutex
	forge forgery
	given []string // tokens
}

// forgery makes an ID token from the claims of the provider's own. One that changes nothing must be accepted.
type forgery func(h *hostile, claims map[string]any) string

// forgedKeyID is the id of the key in the published set.
const forgedKeyID = "forged"

// startHostile is harness.Start with that provider.
func startHostile(t *testing.T) (*harness.Stack, *hostile) {
	t.Helper()
	h := &hostile{t: t, key: newKey(t), evil: newKey(t), database: filepath.Join(t.TempDir(), "test.db")}
	s := harness.StartWith(t, harness.Options{Demo: demo.Options{Users: 5}, Around: h.wrap}, harness.With("DATABASE_URL", "sqlite:"+h.database))
	s.Direct("/healthz") // it has a database by then
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

// wrap adds the key to the provider's set, and replaces ID tokens.
func (h *hostile) wrap(provider http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isCerts, isToken := strings.HasSuffix(r.URL.Path, "/certs"), strings.HasSuffix(r.URL.Path, "/token")
		if !isCerts && !isToken {
			provider.ServeHTTP(w, r)
			return
		}
		own := httptest.NewRecorder()
		provider.ServeHTTP(own, r)
		var answer map[string]any
		if err := json.Unmarshal(own.Body.Bytes(), &answer); err != nil {
			h.t.Errorf("%s: %v", r.URL.Path, err)
		}
		if isCerts {
			public := jose.JSONWebKey{Key: h.key.Public(), KeyID: forgedKeyID, Algorithm: "RS256", Use: "sig"}
			answer["keys"] = append(answer["keys"].([]any), map[string]string{"kty": "LATTICE", "kid": "unknown", "x": "AA"}, public)
		} else if answer["id_token"] != nil {
			h.replace(answer)
		}
		w.Header().Set("Content-Type", own.Header().Get("Content-Type"))
		w.WriteHeader(own.Code)
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			h.t.Error(err)
		}
	})
}

// replace forges the ID token of an answer, and records the tokens.
func (h *hostile) replace(answer map[string]any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.forge != nil {
		answer["id_token"] = h.forge(h, claimsOf(h.t, answer["id_token"].(string)))
	}
	for _, name := range []string{"id_token", "access_token", "refresh_token"} {
		h.given = append(h.given, answer[name].(string))
	}
}

// part returns an encoded part of a token.
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
	return h.signAs(forgedKeyID, algorithm, key, claims)
}

func (h *hostile) signAs(kid string, algorithm jose.SignatureAlgorithm, key any, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key},
		(&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", kid))
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

// honest signs the provider's claims.
func honest(h *hostile, claims map[string]any) string { return h.sign(jose.RS256, h.key, claims) }

// claiming signs the provider's claims with one changed.
func claiming(name string, value any) forgery {
	return func(h *hostile, claims map[string]any) string {
		claims[name] = value
		return honest(h, claims)
	}
}

// lacking signs the provider's claims without one.
func lacking(name string) forgery {
	return func(h *hostile, claims map[string]any) string {
		delete(claims, name)
		return honest(h, claims)
	}
}

// since signs the provider's claims with a time that differs from now by d.
func since(name string, d time.Duration) forgery {
	return func(h *hostile, claims map[string]any) string {
		return claiming(name, time.Now().Add(d).Unix())(h, claims)
	}
}

// unhashed removes at_hash, which can't be checked for some algorithms, and would be the reason for the refusal.
func unhashed(sign forgery) forgery {
	return func(h *hostile, claims map[string]any) string {
		delete(claims, "at_hash")
		return sign(h, claims)
	}
}

func algNone(h *hostile, claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		h.t.Error(err)
	}
	return part([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + part(payload) + "."
}

func hmacWithThePublicKey(h *hostile, claims map[string]any) string {
	public, err := x509.MarshalPKIXPublicKey(h.key.Public())
	if err != nil {
		h.t.Error(err)
	}
	return h.sign(jose.HS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), claims)
}

// forgeries have one fault each.
var forgeries = map[string]forgery{
	"another nonce":               claiming("nonce", "another"),
	"no nonce":                    lacking("nonce"),
	"another audience":            claiming("aud", "another-client"),
	"an audience more":            claiming("aud", []string{demo.DefaultClientID, "another-client"}),
	"no audience":                 lacking("aud"),
	"another issuer":              claiming("iss", "https://evil.example/auth/realms/master"),
	"no issuer":                   lacking("iss"),
	"another azp":                 claiming("azp", "another-client"),
	"another subject":             claiming("sub", "somebody-else"),
	"no subject":                  lacking("sub"),
	"an empty subject":            claiming("sub", ""),
	"issued in a minute":          since("iat", time.Minute),
	"no iat":                      lacking("iat"),
	"an iat that is text":         claiming("iat", "today"),
	"expired":                     since("exp", -time.Minute),
	"no exp":                      lacking("exp"),
	"another at_hash":             claiming("at_hash", "another"),
	"an empty at_hash":            claiming("at_hash", ""),
	"alg none":                    unhashed(algNone),
	"HMAC with the public key":    unhashed(hmacWithThePublicKey),
	"a key that is not published": func(h *hostile, claims map[string]any) string { return h.sign(jose.RS256, h.evil, claims) },
	"an unknown key id": func(h *hostile, claims map[string]any) string {
		return h.signAs("nobody's", jose.RS256, h.evil, claims)
	},
	"the right key by another id": func(h *hostile, claims map[string]any) string {
		return h.signAs("nobody's", jose.RS256, h.key, claims)
	},
	"the key of unknown kind": func(h *hostile, claims map[string]any) string {
		return h.signAs("unknown", jose.RS256, h.evil, claims)
	},
}

func TestSec03_12_14_15_16_17_18_AForgedIDTokenSignsNobodyIn(t *testing.T) {
	s, h := startHostile(t)
	for name, forge := range forgeries {
		t.Run(name, func(t *testing.T) {
			b := h.mustRefuse(t, s, forge)
			// What was wrong was the forgery alone: the same provider, honest, signs the same browser in.
			h.set(honest)
			if p := b.Get(s.Site + "/users"); !isList(p, s) {
				t.Errorf("an honest token: %d %s %s", p.Status, p.URL, p.Text())
			}
		})
	}
}

// Variations that the specification allows a provider.
func TestSec16_17_18_AnIDTokenThatIsRightInAnUnusualWaySignsIn(t *testing.T) {
	s, h := startHostile(t)
	for name, forge := range map[string]forgery{
		"no azp":                    lacking("azp"),
		"our azp":                   claiming("azp", demo.DefaultClientID),
		"no at_hash":                lacking("at_hash"),
		"a list of us alone":        claiming("aud", []string{demo.DefaultClientID}),
		"issued in some seconds":    since("iat", 50*time.Second),
		"expired some seconds ago":  since("exp", -50*time.Second),
		"as the provider itself is": nil,
	} {
		t.Run(name, func(t *testing.T) {
			h.set(forge)
			before := h.sessions()
			if p := s.NewBrowser().SignIn("/users", demo.AdminEmail); !isList(p, s) || h.sessions() != before+1 {
				t.Errorf("%d %s %s, %d sessions more", p.Status, p.URL, p.Text(), h.sessions()-before)
			}
		})
	}
}

func (h *hostile) set(forge forgery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forge, h.given = forge, nil
}

// sessions counts the dashboard's sessions.
func (h *hostile) sessions() int { return countSessions(h.t, h.database) }

// mustRefuse signs in with a forged token, and checks that an error page is all that comes of it.
func (h *hostile) mustRefuse(t *testing.T, s *harness.Stack, forge forgery) *harness.Browser {
	t.Helper()
	h.set(forge)
	s.ForgetRequests()
	before := h.sessions()
	b := s.NewBrowser()
	callback := callbackOf(b, "/users", demo.AdminEmail)
	p := b.Get(callback.String())
	h.mu.Lock()
	given := h.given
	h.mu.Unlock()
	if len(given) != 3 {
		t.Fatalf("%d tokens were given", len(given))
	}
	mustTell(t, b.Stack, p, http.StatusBadRequest, notWorked, append(given, secretsOf(callback)...)...)
	mustHaveNoSession(t, b)
	if n := h.sessions() - before; n != 0 {
		t.Errorf("%d sessions more", n)
	}
	if n := len(s.Requests("query")); n != 0 {
		t.Errorf("the API was asked %d times", n)
	}
	return b
}
