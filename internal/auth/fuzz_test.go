package auth

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"wallaroo-user-admin/internal/cookies"
)

// FuzzClaims checks that accepted claims are of this provider, for this client alone, and current.
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
			issued, ok, err := c.numericDate("iat")
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

// FuzzKeys reads key sets: no symmetric or otherwise publicly known key is accepted.
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

// FuzzPending opens cookies of pending sign-ins: only one that was sealed under that cookie's name is accepted.
func FuzzPending(f *testing.F) {
	now := time.Unix(1_900_000_000, 0)
	ps, err := newPendingSignIns([]string{strings.Repeat("s", 32)}, cookies.Site{}, func() time.Time { return now })
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
	f.Add(ps.cookies.Name(ps.purpose("other")), "")
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

// FuzzLogoutForm reads bodies of back-channel logouts: the token is the only one in a form of bounded size, and is
// taken from the body, not from the query.
func FuzzLogoutForm(f *testing.F) {
	const form = "application/x-www-form-urlencoded"
	for _, s := range [][3]string{
		{form, "", "logout_token=a.b.c"},
		{form + "; charset=utf-8", "", "x=1&logout_token=a%2Eb"},
		{form, "logout_token=a", ""},
		{form, "", "logout_token=a&logout_token=b"},
		{form, "logout_token=a", "logout_token=b"},
		{form, "%zz", "logout_token=a"},
		{form, "", "logout_token"},
		{form, "", "logout_token=a;b"},
		{form, "", "logout_token=%zz"},
		{"", "", "logout_token=a"},
		{"multipart/form-data; boundary=b", "", "--b\r\nContent-Disposition: form-data; name=logout_token\r\n\r\na\r\n--b--"},
		{form, "", "x=" + strings.Repeat("x", logoutLimit) + "&logout_token=a"},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, contentType, query, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, PathBackChannelLogout, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.URL.RawQuery = query
		token, err := logoutTokenOf(httptest.NewRecorder(), r)
		if err != nil {
			if token != "" || KindOf(err) != BadRequest {
				t.Errorf("%q beside %v", token, err)
			}
			return
		}
		values, err := url.ParseQuery(body)
		if got := values["logout_token"]; err != nil || len(got) != 1 || got[0] != token || token == "" || len(body) > logoutLimit {
			t.Errorf("%q, %q gives the token %q", contentType, body, token)
		}
		if !strings.Contains(strings.ToLower(contentType), form) {
			t.Errorf("%q passes for a form", contentType)
		}
	})
}

// FuzzCallback reads a callback's query: each parameter at most once, with a state of bounded length.
func FuzzCallback(f *testing.F) {
	for _, s := range []string{
		"code=c&state=s&iss=https%3A%2F%2Fid.example.com", "state=s&error=access_denied&error_description=%3Cb%3E", "state=s&state=t", "state=",
		"code[]=c&state=s", "state=s&x=%zz", "state=s;code=c", "state=%0d%0aSet-Cookie:x", "&&=&state=s", "state=" + strings.Repeat("s", stateLimit+1),
		"state=s&code=" + strings.Repeat("c", callbackLimit),
	} {
		f.Add(http.MethodGet, s)
	}
	f.Add(http.MethodPost, "state=s&code=c")
	f.Fuzz(func(t *testing.T, method, query string) {
		q, err := callbackQuery(&http.Request{Method: method, URL: &url.URL{RawQuery: query}})
		if err != nil {
			if q != nil || KindOf(err) != BadRequest {
				t.Errorf("%v beside %v", q, err)
			}
			return
		}
		if method != http.MethodGet || len(query) > callbackLimit || q["state"] == "" || len(q["state"]) > stateLimit {
			t.Errorf("%s %q passes", method, query)
		}
		values, err := url.ParseQuery(query)
		if err != nil || len(values) != len(q) {
			t.Errorf("%q gives %v", query, q)
		}
		for name, v := range q {
			if got := values[name]; len(got) != 1 || got[0] != v {
				t.Errorf("%q gives %q=%q", query, name, v)
			}
		}
	})
}

// FuzzGrant checks that a session returns the grant that was stored in it, and that arbitrary stored values decode to
// a grant that survives storing.
func FuzzGrant(f *testing.F) {
	f.Add("u-1", "Ada", `["admin"]`, "token", "1900000000000", int64(1_900_000_000_000))
	f.Add("", "", "null", "", "", int64(0))
	f.Add("u", "\xff", `["a","b"`, "\x00", "-62135596800000", int64(-62135596800000))
	f.Add("u", "é", `["\ud800"]`, "t", "99999999999999999999", int64(1<<63-1))
	f.Add("u", "", `[1]`, "t", "1e3", int64(-1<<63))
	session := func() *sessions.Session { return &sessions.Session{Values: map[any]any{}} }
	f.Fuzz(func(t *testing.T, subject, name, roles, token, at string, ms int64) {
		raw := session()
		raw.Values[KeySubject], raw.Values[KeyName], raw.Values[KeyRoles] = subject, name, roles
		raw.Values[KeyAccessToken], raw.Values[KeyExpiresAt], raw.Values[KeyRefreshAt] = token, at, ms // the last is no text
		read, ok := readGrant(raw)
		if ok != (subject != "") || !read.refreshAt.IsZero() {
			t.Errorf("%v reads as %+v, %v", raw.Values, read, ok)
		}
		if !strings.Contains(roles, "[") && len(read.roles) > 0 {
			t.Errorf("%q reads as the roles %q", roles, read.roles)
		}
		whole := grant{
			issuer: name, subject: subject, providerSession: token, name: name, email: at, username: roles, roles: read.roles,
			nonce: at, access: token, refresh: roles, idToken: name,
			expiresAt: time.UnixMilli(ms), refreshAt: read.expiresAt,
		}
		for _, g := range []grant{read, whole} {
			s := session()
			g.write(s)
			for key, value := range s.Values {
				if _, isText := value.(string); !isText {
					t.Errorf("%v is a %T", key, value)
				}
			}
			if again, _ := readGrant(s); !sameGrant(again, g) {
				t.Errorf("%+v comes back as %+v", g, again)
			}
		}
	})
}

// sameGrant compares grants; nil and empty roles are equal, and so is one instant in two zones.
func sameGrant(a, b grant) bool {
	for _, g := range []*grant{&a, &b} {
		if len(g.roles) == 0 {
			g.roles = nil
		}
		for _, at := range []*time.Time{&g.expiresAt, &g.refreshAt} {
			*at = at.UTC()
		}
	}
	return reflect.DeepEqual(a, b)
}
