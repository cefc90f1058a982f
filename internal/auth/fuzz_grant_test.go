package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"log/slog"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// FuzzVerifyGrant signs arbitrary claims with the provider's key and verifies them as a sign-in or a renewal does.
// Only a current ID token for this client and this sign-in is accepted, a renewal must name the same subject, and
// roles come only from that subject's access token.
func FuzzVerifyGrant(f *testing.F) {
	const id = `{"iss":"https://id.example.com","aud":"c","exp":1900000100,"iat":1900000000,"sub":"u","nonce":"n","name":"Ada"}`
	const access = `{"iss":"https://id.example.com","exp":1900000060,"sub":"u","roles":["admin"]}`
	for _, claims := range []string{
		id, `{}`, `null`, ``, `{"iss":"https://id.example.com","aud":"c","exp":1900000100,"iat":1900000000,"sub":"eve","nonce":"n"}`,
		`{"iss":"https://id.example.com","aud":"c","exp":1900000100,"iat":1900000000,"sub":"u","nonce":null}`, `{"iss":"https://id.example.com","aud":["c"],"exp":1900000100,"iat":1900000000,"sub":"u","nonce":["n"]}`,
		`{"iss":"https://id.example.com","aud":"c","exp":1900000100,"iat":1900000000,"sub":"u","sub":"eve","nonce":"n"}`, `{"iss":"https://id.example.com","aud":"c","exp":1900000100,"iat":1900000000,"Sub":"u","nonce":"n"}`,
		`{"iss":"https://id.example.com","aud":"c","exp":1900000100,"iat":1900000000,"sub":"u","Sub":"eve","nonce":"n","NONCE":"n"}`, `{"iss":"https://id.example.com","aud":"c","exp":1800000000,"iat":1700000000,"sub":"u","nonce":"n"}`,
		`{"iss":"https://id.example.com","aud":"c","exp":1900000100,"iat":1900000000,"sub":"u","nonce":"n","at_hash":"x"}`, `{"iss":"https://id.example.com","aud":"c","exp":1900000100,"iat":1900000000,"sub":"u"}`,
	} {
		for _, renewal := range []bool{false, true} {
			f.Add(claims, access, renewal, "Bearer", int32(60))
			f.Add(id, claims, renewal, "", int32(0))
		}
	}
	for _, claims := range []string{
		`{"iss":"https://id.example.com","exp":1900000060,"sub":"eve","roles":["admin"]}`, `{"iss":"https://id.example.com","exp":1900000060,"roles":["admin",5]}`, `{"iss":"https://id.example.com","exp":1900000060,"sub":null,"roles":["admin"]}`,
		`{"iss":"https://evil.example","exp":1900000060,"sub":"u","roles":["admin"]}`, `{"iss":"https://id.example.com","exp":1800000000,"sub":"u","roles":["admin"]}`, `{"iss":"https://id.example.com","exp":1900000060,"typ":"Refresh","sub":"u","roles":["admin"]}`,
		`{"iss":"https://id.example.com","exp":1900000060,"sub":["u"],"roles":["admin"]}`, `{"iss":"https://id.example.com","exp":1e300,"sub":"u","roles":"admin"}`,
	} {
		f.Add(id, claims, false, "bearer", int32(-60))
		f.Add("", claims, true, "DPoP", int32(60))
	}
	key, err := rsa.GenerateKey(rand.Reader, 1024) // a short one signs faster
	if err != nil {
		f.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		f.Fatal(err)
	}
	now := func() time.Time { return time.Unix(1_900_000_010, 0) }
	to := newEndpoints(saying(map[string]any{"keys": []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: string(algorithm)}}}), time.Minute)
	set := newKeySet("https://id.example.com/certs", to.keys, time.Minute, now)
	set.pace = 0
	m := &metadata{issuer: "https://id.example.com", clientID: "c", to: to, now: now, keys: set, clock: new(providerClock)}
	rp := &RelyingParty{now: now, margin: 10 * time.Second, rolesClaim: "roles", log: slog.New(slog.DiscardHandler)}
	signed := func(t *testing.T, claims string) string {
		if claims == "" {
			return ""
		}
		token, err := signer.Sign([]byte(claims))
		if err != nil {
			t.Fatal(err)
		}
		text, err := token.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	f.Fuzz(func(t *testing.T, idClaims, accessClaims string, renewal bool, tokenType string, expiresIn int32) {
		answer := &oauth2.Token{AccessToken: signed(t, accessClaims), TokenType: tokenType, RefreshToken: "r", ExpiresIn: int64(expiresIn)}
		answer = answer.WithExtra(map[string]any{"id_token": signed(t, idClaims)})
		before := grant{nonce: "n"}
		if renewal {
			before = grant{nonce: "n", issuer: m.issuer, subject: "u", roles: []string{"old"}, refresh: "old", name: "Ada"}
		}
		g, err := rp.verifyGrant(t.Context(), m, answer, now(), before)
		if err != nil {
			if KindOf(err) != SignInRefused || !reflect.DeepEqual(g, grant{}) {
				t.Errorf("%s, %s give %+v, %v", idClaims, accessClaims, g, err)
			}
			return
		}
		checkWho(t, g, idClaims, renewal)
		checkRoles(t, g, accessClaims)
		if g.access != answer.AccessToken || g.refresh != "r" || g.expiresAt.IsZero() && expiresIn != 0 {
			t.Errorf("%s, %s give %+v", idClaims, accessClaims, g)
		}
	})
}

// read decodes claims with another decoder, which matches names exactly.
func read(text string) map[string]any {
	var c map[string]any
	_ = json.Unmarshal([]byte(text), &c)
	return c
}

// checkWho checks that the identity is that of the ID token, which only a renewal may lack.
func checkWho(t *testing.T, g grant, idClaims string, renewal bool) {
	t.Helper()
	if idClaims == "" && renewal {
		if g.subject != "u" || g.issuer != "https://id.example.com" {
			t.Errorf("without an ID token it becomes %+v", g)
		}
		return
	}
	c := read(idClaims)
	expires, _ := c["exp"].(float64)
	issued, hasIssued := c["iat"].(float64)
	nonce, hasNonce := c["nonce"]
	if c["iss"] != "https://id.example.com" || c["sub"] != g.subject || g.subject == "" || c["aud"] != "c" && !reflect.DeepEqual(c["aud"], []any{"c"}) && !manyOfUs(c["aud"]) {
		t.Errorf("%s is believed: %+v", idClaims, g)
	}
	if expires <= 1_900_000_000 || !hasIssued || issued > 1_900_000_020.001 {
		t.Errorf("%s passes as of now", idClaims)
	}
	if nonce != "n" && (hasNonce || !renewal) || renewal && g.subject != "u" {
		t.Errorf("%s passes as of this sign-in: %+v", idClaims, g)
	}
}

// manyOfUs reports whether an audience is this client, repeated.
func manyOfUs(aud any) bool {
	list, _ := aud.([]any)
	return len(list) > 0 && !slices.ContainsFunc(list, func(a any) bool { return a != "c" })
}

// checkRoles checks that all roles are in a valid access token of the same subject.
func checkRoles(t *testing.T, g grant, accessClaims string) {
	t.Helper()
	c := read(accessClaims)
	if sub := c["sub"]; c["iss"] == "https://id.example.com" && len(g.roles) > 0 && sub != nil && sub != g.subject {
		t.Errorf("%s gives roles to %q", accessClaims, g.subject)
	}
	if len(g.roles) == 0 {
		return
	}
	expires, _ := c["exp"].(float64)
	list, _ := c["roles"].([]any)
	if c["iss"] != "https://id.example.com" || expires <= 1_900_000_000 || len(list) != len(g.roles) {
		t.Errorf("%s gives the roles %q", accessClaims, g.roles)
		return
	}
	for i, role := range g.roles {
		if list[i] != role {
			t.Errorf("%s gives the roles %q", accessClaims, g.roles)
		}
	}
}
