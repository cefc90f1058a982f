package auth

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzClaims holds what is read of a token's payload to its word: claims that pass are of our provider, for us alone,
// and of now.
func FuzzClaims(f *testing.F) {
	for _, s := range []string{
		`{"iss":"i","aud":"c","azp":"c","exp":2000000000,"iat":1,"nbf":0,"realm_access":{"roles":["admin"]}}`,
		`{"aud":["c","d"],"exp":1e99,"iat":-1}`, `{"iss":"i","iss":"j"}`, `{"realm_access.roles":[1],"realm_access":{"roles":null}}`, `null`, `[`, "\xff",
	} {
		f.Add([]byte(s))
	}
	now := time.Unix(1_900_000_000, 0)
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, err := parseClaims(payload)
		if err != nil {
			return
		}
		if c.checkParties("i", "c") == nil {
			aud, err := c.audience()
			if err != nil || c["iss"] != "i" || len(aud) == 0 || slices.ContainsFunc(aud, func(a string) bool { return a != "c" }) {
				t.Errorf("%s passed as of our provider for us alone", payload)
			}
		}
		if expires, err := c.checkTimes(now, true); err == nil {
			issued, ok, err := c.moment("iat")
			if !expires.After(now.Add(-skew)) || !ok || err != nil || issued.After(now.Add(skew)) {
				t.Errorf("%s passed as of now", payload)
			}
		}
		for _, path := range []string{"realm_access.roles", "resource_access.my.client.roles", ""} {
			if roles := c.roles(path); len(roles) > 0 && !strings.Contains(string(payload), "[") {
				t.Errorf("%s has the roles %q", payload, roles)
			}
		}
		if c.checkLogout() == nil && c["nonce"] != nil {
			t.Errorf("%s passed as a logout token", payload)
		}
	})
}

// FuzzKeys reads a provider's keys: none of those it gives may be one that could sign with what everybody knows.
func FuzzKeys(f *testing.F) {
	for _, s := range []string{
		`{"keys":[]}`, `{"keys":[{"kty":"oct","k":"AAAA"}]}`, `{"keys":[{"kty":"new"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`,
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","use":"enc"}]}`, `{"keys":{}}`, `null`, `{`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := parseKeys(body)
		if err != nil && len(keys) > 0 {
			t.Errorf("keys beside the error %v", err)
		}
		for _, k := range keys {
			if !k.Valid() || !k.IsPublic() {
				t.Errorf("%s gives the key %v", body, k)
			}
		}
	})
}

// FuzzPending opens cookies of sign-ins under way: what we have not sealed, for that very name, is none.
func FuzzPending(f *testing.F) {
	now := time.Unix(1_900_000_000, 0)
	ps, err := newPendingSignIns([]string{strings.Repeat("s", 32)}, true, func() time.Time { return now })
	if err != nil {
		f.Fatal(err)
	}
	seal := func(p pendingSignIn) *http.Cookie {
		w := httptest.NewRecorder()
		if err := ps.put(w, httptest.NewRequestWithContext(f.Context(), http.MethodGet, "/", nil), p); err != nil {
			f.Fatal(err)
		}
		return w.Result().Cookies()[0]
	}
	good := seal(pendingSignIn{State: "state", Nonce: "n", Verifier: "v", ReturnTo: "/users"})
	f.Add(good.Name, good.Value)
	f.Add(good.Name+"x", good.Value)
	f.Add(good.Name, good.Value[1:])
	f.Add(ps.name("other"), "")
	f.Fuzz(func(t *testing.T, name, value string) {
		p, ok := ps.open(&http.Cookie{Name: name, Value: value})
		if !ok && p != (pendingSignIn{}) {
			t.Errorf("%+v beside a refusal", p)
		}
		if ok && (name != good.Name || p.State != "state") {
			t.Errorf("%s=%s opens as %+v", name, value, p)
		}
	})
}
