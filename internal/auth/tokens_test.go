package auth_test

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"wallaroo-user-admin/internal/auth"
)

// idFault is a fault of ID tokens, and the kind of error that it must lead to; "" if the token is still valid.
type idFault struct {
	name  string
	spoil func(p *fakeProvider)
	kind  auth.Kind
}

func claim(name string, value any) func(*fakeProvider) {
	return func(p *fakeProvider) { p.idClaims = func(c map[string]any) { c[name] = value } }
}

func without(name string) func(*fakeProvider) {
	return func(p *fakeProvider) { p.idClaims = func(c map[string]any) { delete(c, name) } }
}

func at(name string, d time.Duration) func(*fakeProvider) {
	return func(p *fakeProvider) {
		p.idClaims = func(c map[string]any) { c[name] = p.clock.now().Add(d).Unix() }
	}
}

// refuses signs in with a faulty token, at a provider of its own.
func refuses(t *testing.T, faults []idFault) {
	t.Helper()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			s := newSite(t)
			f.spoil(s.provider)
			b := s.browser()
			a := b.signIn()
			if f.kind == "" {
				if a.status != http.StatusSeeOther {
					t.Fatalf("%d %s\n%s", a.status, a.body, s.log)
				}
				b.mustSee()
				return
			}
			b.mustRefuse(a, f.kind)
			// The provider is good again: nothing of the fault may stay.
			s.provider.set(func() {
				s.provider.idClaims, s.provider.accClaims, s.provider.sign, s.provider.signAcc = nil, nil, nil, nil
			})
			b.mustSignIn()
		})
	}
}

func TestSec03_NonceMustBeTheOneSent(t *testing.T) {
	refuses(t, []idFault{
		{"a missing nonce", without("nonce"), auth.SignInRefused},
		{"another nonce", claim("nonce", "another"), auth.SignInRefused},
		{"an empty nonce", claim("nonce", ""), auth.SignInRefused},
		{"a nonce that is no text", claim("nonce", 5), auth.SignInRefused},
	})
}

func TestSec12_OnlyRS256(t *testing.T) {
	public, err := x509.MarshalPKIXPublicKey(keys()[0].Public())
	if err != nil {
		t.Fatal(err)
	}
	hmacWith := func(key []byte) func(*fakeProvider) {
		return func(p *fakeProvider) {
			p.sign = func(c map[string]any) string { return signed(t, jose.HS256, key, p.kid, "JWT", c) }
		}
	}
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	rewrite := func(f func(p *fakeProvider, good string, c map[string]any) string) func(*fakeProvider) {
		return func(p *fakeProvider) {
			p.sign = func(c map[string]any) string { return f(p, signed(t, jose.RS256, p.key, p.kid, "JWT", c), c) }
		}
	}
	refuses(t, []idFault{
		{"alg none", rewrite(func(_ *fakeProvider, _ string, c map[string]any) string {
			return part(map[string]string{"alg": "none"}) + "." + part(c) + "."
		}), auth.SignInRefused},
		{"alg None", rewrite(func(p *fakeProvider, _ string, c map[string]any) string {
			return part(map[string]string{"alg": "None", "kid": p.kid}) + "." + part(c) + "."
		}), auth.SignInRefused},
		{"a stripped signature", rewrite(func(_ *fakeProvider, good string, _ map[string]any) string {
			return good[:strings.LastIndex(good, ".")+1]
		}), auth.SignInRefused},
		{"HMAC with the public key", hmacWith(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), auth.SignInRefused},
		{"HMAC with the client secret", hmacWith([]byte(testSecret + testSecret)), auth.SignInRefused},
		{"RS512", func(p *fakeProvider) {
			p.sign = func(c map[string]any) string { return signed(t, jose.RS512, p.key, p.kid, "JWT", c) }
		}, auth.SignInRefused},
		{"another key under the same kid", func(p *fakeProvider) {
			p.sign = func(c map[string]any) string { return signed(t, jose.RS256, keys()[2], p.kid, "JWT", c) }
		}, auth.SignInRefused},
		{"changed claims", rewrite(func(_ *fakeProvider, good string, c map[string]any) string {
			c["sub"] = "somebody"
			pieces := strings.Split(good, ".")
			return pieces[0] + "." + part(c) + "." + pieces[2]
		}), auth.SignInRefused},
		{"the JSON serialization", rewrite(func(_ *fakeProvider, good string, _ map[string]any) string {
			pieces := strings.Split(good, ".")
			text, _ := json.Marshal(map[string]any{"payload": pieces[1], "protected": pieces[0], "signature": pieces[2]})
			return string(text)
		}), auth.SignInRefused},
		{"no token but words", func(p *fakeProvider) { p.sign = func(map[string]any) string { return "hello" } }, auth.SignInRefused},
	})
}

func TestSec12_NoIDTokenIsRefused(t *testing.T) {
	s := newSite(t)
	s.provider.answer = func(a map[string]any) { delete(a, "id_token") }
	b := s.browser()
	b.mustRefuse(b.signIn(), auth.SignInRefused)
}

func TestSec13_KeysInAHeaderAreNotUsed(t *testing.T) {
	var fetched atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched.Add(1) }))
	t.Cleanup(trap.Close)
	forge := func(embed bool, headers map[jose.HeaderKey]any) func(*fakeProvider) {
		return func(p *fakeProvider) {
			p.sign = func(c map[string]any) string {
				options := &jose.SignerOptions{EmbedJWK: embed, ExtraHeaders: headers}
				signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: keys()[2]}, options)
				if err != nil {
					t.Fatal(err)
				}
				return signedBy(t, signer, c)
			}
		}
	}
	refuses(t, []idFault{
		{"jwk", forge(true, nil), auth.SignInRefused},
		{"jku", forge(false, map[jose.HeaderKey]any{"jku": trap.URL, "kid": "k1"}), auth.SignInRefused},
		{"x5u", forge(false, map[jose.HeaderKey]any{"x5u": trap.URL, "kid": "k1"}), auth.SignInRefused},
	})
	if fetched.Load() != 0 {
		t.Error("an address in a header was fetched")
	}
}

func TestSec14_KeysRotateWithoutRestart(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	s.provider.set(func() { s.provider.key, s.provider.kid = keys()[1], "k2" })
	b.mustSignIn()
	s.provider.set(func() { s.provider.key, s.provider.kid = keys()[0], "k3" })
	s.clock.advance(55 * time.Second)
	if b.mustSee(); s.provider.count("/token") != 3 {
		t.Errorf("%d token calls: no renewal with the third key", s.provider.count("/token"))
	}
}

func TestSec14_AKeyThatHasLeftTheSetIsNotAccepted(t *testing.T) {
	s := newSite(t)
	s.browser().mustSignIn()
	old := func(c map[string]any) string { return signed(t, jose.RS256, keys()[0], "k1", "JWT", c) }
	s.provider.set(func() { s.provider.key, s.provider.kid, s.provider.sign = keys()[1], "k2", old })
	s.clock.advance(6 * time.Minute)
	if a := s.browser().signIn(); a.kind() != auth.SignInRefused {
		t.Errorf("%d %q", a.status, a.kind())
	}
}

func TestSec14_KeysOfUnknownKindDontBreakSignIn(t *testing.T) {
	for name, key := range map[string]any{
		"an unknown kty":      map[string]any{"kty": "LATTICE", "kid": "q", "x": "AA"},
		"an unknown curve":    map[string]any{"kty": "OKP", "crv": "Ed448", "kid": "q", "x": "AA"},
		"a broken RSA key":    map[string]any{"kty": "RSA", "kid": "q", "n": "!", "e": "AQAB"},
		"a symmetric key":     map[string]any{"kty": "oct", "kid": "k1", "k": "AAAA"},
		"no key":              "hello",
		"an encryption key":   jose.JSONWebKey{Key: keys()[1].Public(), KeyID: "k1", Use: "enc"},
		"a key without a kid": jose.JSONWebKey{Key: keys()[1].Public()},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.provider.extraKeys = []any{key}
			s.browser().mustSignIn()
		})
	}
}

// paced runs do and checks that the key set is read at most once a second.
func paced(t *testing.T, s *testSite, do func()) {
	t.Helper()
	began, before := time.Now(), s.provider.count("/certs")
	do()
	if n, most := s.provider.count("/certs")-before, int(time.Since(began)/time.Second)+1; n > most {
		t.Errorf("%d reads of the key set in %s", n, time.Since(began))
	}
}

func TestSec14_UnknownKeyIDsDontFloodTheProvider(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		s.visitor().mustSignIn()
		forged := func() {
			token := signed(t, jose.RS256, keys()[2], "unknown", "logout+jwt", s.provider.logoutToken(func(c map[string]any) { c["sub"] = "u-1" }))
			if a := s.visitor().post("/backchannel-logout", logoutForm(token)); a.status != http.StatusBadRequest {
				t.Errorf("%d", a.status)
			}
		}
		paced(t, s, func() {
			for range 20 {
				forged()
			}
			var flood sync.WaitGroup
			for range 100 {
				flood.Go(forged)
			}
			// The flood does not keep a sign-in from noticing a new key.
			s.provider.set(func() { s.provider.key, s.provider.kid = keys()[1], "k2" })
			s.visitor().mustSignIn()
			flood.Wait()
		})
	})
}

// Every sign-in has a key id that is not in the key set, as while a provider restarts replica by replica.
func TestSec14_UnknownKeyIDsAtSignInAreRefusedAndDontFloodTheProvider(t *testing.T) {
	for name, key := range map[string]*rsa.PrivateKey{"a stranger's key": keys()[2], "the provider's key by another name": keys()[0]} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *testSite) {
				s.visitor().mustSignIn()
				s.provider.set(func() {
					s.provider.sign = func(c map[string]any) string { return signed(t, jose.RS256, key, "unknown", "JWT", c) }
				})
				b := s.visitor()
				paced(t, s, func() {
					for range 20 {
						if a := b.signIn(); a.kind() != auth.SignInRefused {
							t.Fatalf("%d %q", a.status, a.kind())
						}
					}
				})
				if n := s.memory.count(); n != 1 {
					t.Errorf("%d sessions", n)
				}
				// Unknown keys before it lock nobody out: the new key is read, at the latest after the pace.
				s.provider.set(func() { s.provider.sign, s.provider.key, s.provider.kid = nil, keys()[1], "k2" })
				began := time.Now()
				if b.mustSignIn(); time.Since(began) > time.Second {
					t.Errorf("the new key was read after %s", time.Since(began))
				}
			})
		})
	}
}

// A visitor who gives up while waiting for the next read stops waiting, and does not keep its result from others.
func TestSec14_WaitingForKeysEndsWithTheRequest(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		s.visitor().mustSignIn()
		s.provider.set(func() { s.provider.key, s.provider.kid = keys()[1], "k2" })
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		token := signed(t, jose.RS256, keys()[2], "unknown", "logout+jwt", s.provider.logoutToken(func(c map[string]any) { c["sub"] = "u-1" }))
		form := strings.NewReader(logoutForm(token).Encode())
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "http://site.example/backchannel-logout", form)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.wires["site.example"].ServeHTTP(httptest.NewRecorder(), r)
		if took := time.Since(began); took != 100*time.Millisecond {
			t.Errorf("waited %s", took)
		}
		s.visitor().mustSignIn()
		if took := time.Since(began); took > time.Second {
			t.Errorf("the sign-in after it took %s", took)
		}
	})
}

func TestATokenTypeOtherThanBearerIsRefused(t *testing.T) {
	typed := func(value any) func(*fakeProvider) {
		return func(p *fakeProvider) { p.answer = func(a map[string]any) { a["token_type"] = value } }
	}
	for _, f := range []idFault{
		{"mac", typed("mac"), auth.SignInRefused},
		{"DPoP", typed("DPoP"), auth.SignInRefused},
		{"N_A", typed("N_A"), auth.SignInRefused},
		{"more than Bearer", typed("Bearer x"), auth.SignInRefused},
		{"bearer in any case is right", typed("bEARER"), ""},
	} {
		t.Run(f.name, func(t *testing.T) {
			s := newSite(t)
			f.spoil(s.provider)
			b := s.browser()
			if a := b.signIn(); f.kind != "" {
				b.mustRefuse(a, f.kind)
				return
			}
			b.mustSee()
		})
	}
}

func TestSec15_IssuerToTheLetter(t *testing.T) {
	refuses(t, []idFault{
		{"another issuer", claim("iss", "https://evil.example"), auth.SignInRefused},
		{"a slash more", func(p *fakeProvider) { claim("iss", p.issuer()+"/")(p) }, auth.SignInRefused},
		{"capitals", func(p *fakeProvider) { claim("iss", strings.ToUpper(p.issuer()))(p) }, auth.SignInRefused},
		{"no issuer", without("iss"), auth.SignInRefused},
	})
}

func TestSec16_AudienceIsUsAlone(t *testing.T) {
	refuses(t, []idFault{
		{"another audience", claim("aud", "another"), auth.SignInRefused},
		{"no audience", without("aud"), auth.SignInRefused},
		{"an empty list", claim("aud", []string{}), auth.SignInRefused},
		{"a further audience", claim("aud", []string{testClient, "another"}), auth.SignInRefused},
		{"an audience that is no text", claim("aud", []any{testClient, 5}), auth.SignInRefused},
		{"another azp", claim("azp", "another"), auth.SignInRefused},
		{"an azp that is no text", claim("azp", true), auth.SignInRefused},
		{"a list of us is right", claim("aud", []string{testClient}), ""},
		{"no azp is right", without("azp"), ""},
	})
}

func TestSec17_TimesAndSubject(t *testing.T) {
	refuses(t, []idFault{
		{"no exp", without("exp"), auth.SignInRefused},
		{"no iat", without("iat"), auth.SignInRefused},
		{"no sub", without("sub"), auth.SignInRefused},
		{"an empty sub", claim("sub", ""), auth.SignInRefused},
		{"a sub that is no text", claim("sub", 5), auth.SignInRefused},
		{"a sub that is too long", claim("sub", strings.Repeat("u", 256)), auth.SignInRefused},
		{"an empty sub in both tokens", func(p *fakeProvider) {
			claim("sub", "")(p)
			p.accClaims = func(c map[string]any) { c["sub"] = "" }
		}, auth.SignInRefused},
		{"an exp that is text", claim("exp", "tomorrow"), auth.SignInRefused},
		{"an exp beyond all time", claim("exp", 1e300), auth.SignInRefused},
		{"exp a minute ago", at("exp", -time.Minute), auth.SignInRefused},
		{"iat in a minute", at("iat", time.Minute), auth.SignInRefused},
		{"nbf in a minute", at("nbf", time.Minute), auth.SignInRefused},
		{"exp some seconds ago is right", at("exp", -50*time.Second), ""},
		{"iat in some seconds is right", at("iat", 50*time.Second), ""},
		{"nbf in some seconds is right", at("nbf", 50*time.Second), ""},
	})
}

func TestSec18_TokensAreNotTakenForEachOther(t *testing.T) {
	retype := func(typ string) func(*fakeProvider) {
		return func(p *fakeProvider) {
			p.sign = func(c map[string]any) string { return signed(t, jose.RS256, p.key, p.kid, typ, c) }
		}
	}
	refuses(t, []idFault{
		{"another at_hash", claim("at_hash", "another"), auth.SignInRefused},
		{"an empty at_hash", claim("at_hash", ""), auth.SignInRefused},
		{"an at_hash that is no text", claim("at_hash", 5), auth.SignInRefused},
		{"an access token by header", retype("at+jwt"), auth.SignInRefused},
		{"a logout token by header", retype("logout+jwt"), auth.SignInRefused},
		{"an access token by claim", claim("typ", "Bearer"), auth.SignInRefused},
		{"a refresh token by claim", claim("typ", "Refresh"), auth.SignInRefused},
		{"a token with logout events", claim("events", map[string]any{"x": map[string]any{}}), auth.SignInRefused},
		{"an access token of somebody else", func(p *fakeProvider) {
			p.accClaims = func(c map[string]any) { c["sub"] = "u-2" }
		}, auth.SignInRefused},
		{"no at_hash is right", without("at_hash"), ""},
		{"no types at all are right", func(p *fakeProvider) { retype("")(p); without("typ")(p) }, ""},
	})
	t.Run("userinfo about somebody else", func(t *testing.T) {
		s := newSite(t)
		s.provider.idClaims = func(c map[string]any) { delete(c, "email") }
		s.provider.endpoint["/userinfo"] = func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, http.StatusOK, map[string]any{"sub": "u-2", "email": "evil@example.com"})
		}
		b := s.browser()
		b.mustRefuse(b.signIn(), auth.SignInRefused)
	})
}

func TestSec40_OnlyWholeRolesOfAVerifiedAccessTokenCount(t *testing.T) {
	roles := func(v any) func(*fakeProvider) { return func(p *fakeProvider) { p.roles = v } }
	for _, f := range []idFault{
		{"no roles", roles([]any{}), auth.NotAdministrator},
		{"another case", roles([]any{"Admin"}), auth.NotAdministrator},
		{"a longer name", roles([]any{"administrator", "no-admin"}), auth.NotAdministrator},
		{"one text", roles("admin"), auth.NotAdministrator},
		{"an object", roles(map[string]any{"admin": true}), auth.NotAdministrator},
		{"a nested list", roles([]any{[]any{"admin"}}), auth.NotAdministrator},
		{"null", roles(nil), auth.NotAdministrator},
		{"a role in the ID token alone", func(p *fakeProvider) {
			p.roles = nil
			claim("realm_access", map[string]any{"roles": []any{"admin"}})(p)
		}, auth.NotAdministrator},
		{"an access token signed by a stranger", func(p *fakeProvider) {
			p.signAcc = func(c map[string]any) string { return signed(t, jose.RS256, keys()[2], "k1", "JWT", c) }
		}, auth.NotAdministrator},
		{"an access token of another issuer", func(p *fakeProvider) {
			p.accClaims = func(c map[string]any) { c["iss"] = "https://evil.example" }
		}, auth.NotAdministrator},
		{"an access token without an end", func(p *fakeProvider) {
			p.accClaims = func(c map[string]any) { delete(c, "exp") }
		}, auth.NotAdministrator},
		{"an access token that has ended", func(p *fakeProvider) {
			p.accClaims = func(c map[string]any) { c["exp"] = p.clock.now().Add(-time.Minute).Unix() }
		}, auth.NotAdministrator},
		{"an opaque access token", func(p *fakeProvider) {
			p.signAcc = func(map[string]any) string { return "opaque" }
		}, auth.NotAdministrator},
		{"another audience is right", func(p *fakeProvider) {
			p.accClaims = func(c map[string]any) { c["aud"] = "account" }
		}, ""},
	} {
		t.Run(f.name, func(t *testing.T) {
			s := newSite(t)
			f.spoil(s.provider)
			b := s.browser()
			a := b.signIn()
			if f.kind == "" {
				if b.mustSee(); a.status != http.StatusSeeOther {
					t.Errorf("%d", a.status)
				}
				return
			}
			b.mustRefuse(a, f.kind)
			if !strings.Contains(a.body, "Ada Admin") {
				t.Errorf("the page can't say who: %q", a.body)
			}
		})
	}
	t.Run("without roles asked for, the API decides", func(t *testing.T) {
		s := newSite(t, func(o *auth.Options) { o.AdminRoles = nil })
		s.provider.signAcc = func(map[string]any) string { return "opaque" }
		b := s.browser()
		b.mustSignIn()
		if b.mustSee()["token"] != "opaque" {
			t.Error("not the access token")
		}
	})
	t.Run("a path whose names hold dots", func(t *testing.T) {
		s := newSite(t, func(o *auth.Options) { o.RolesClaim = "resource_access.users.admin.roles" })
		s.provider.accClaims = func(c map[string]any) {
			c["resource_access"] = map[string]any{"users.admin": map[string]any{"roles": []any{"admin"}}}
			delete(c, "realm_access")
		}
		s.browser().mustSignIn()
	})
}

// An ID token is signed by the provider too, and may name roles, but it is not what the API accepts.
func TestSec18_40_AnIDTokenInPlaceOfAnAccessTokenGivesNoRoles(t *testing.T) {
	for name, typ := range map[string]string{"ID": "ID", "Refresh": "Refresh", "Logout": "Logout"} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.provider.idClaims = func(c map[string]any) { delete(c, "at_hash") }
			s.provider.accClaims = func(c map[string]any) { c["typ"] = typ }
			b := s.browser()
			b.mustRefuse(b.signIn(), auth.NotAdministrator)
			s.provider.set(func() { s.provider.accClaims = nil })
			b.mustSignIn()
		})
	}
	t.Run("the ID token itself", func(t *testing.T) {
		s := newSite(t)
		s.provider.idClaims = func(c map[string]any) {
			delete(c, "at_hash")
			c["realm_access"] = map[string]any{"roles": []any{"admin"}}
		}
		s.provider.answer = func(a map[string]any) { a["access_token"] = a["id_token"] }
		b := s.browser()
		b.mustRefuse(b.signIn(), auth.NotAdministrator)
	})
}
