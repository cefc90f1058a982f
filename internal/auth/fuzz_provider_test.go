package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/oauth2"
)

// answering answers every request alike.
type answering struct {
	status            int
	contentType, body string
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {a.contentType}}, Request: r,
		Body: io.NopCloser(strings.NewReader(a.body)),
	}, nil
}

// FuzzDiscovery reads discovery documents. An accepted one has exactly the configured issuer, and its endpoints are
// http(s) URLs, https unless the issuer is http.
func FuzzDiscovery(f *testing.F) {
	const secure, local = "https://id.example.com/realms/x", "http://127.0.0.1:9000/realms/x"
	document := func(issuer, at, value string) string {
		doc := map[string]any{
			"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
			"jwks_uri": issuer + "/certs", "end_session_endpoint": issuer + "/logout", "userinfo_endpoint": issuer + "/userinfo",
		}
		if at != "" {
			doc[at] = value
		}
		text, err := json.Marshal(doc)
		if err != nil {
			f.Fatal(err)
		}
		return string(text)
	}
	for _, issuer := range []string{secure, local} {
		f.Add(200, document(issuer, "", ""))
		for _, at := range []string{"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"} {
			for _, value := range []string{
				"", "http://id.example.com/x", "HTTPS://id.example.com/x", "//id.example.com", "javascript:alert(1)", "https:/x", "https://u:p@id.example.com", "https://id.example.com/#x",
				"https://id.example.com\\@evil.example", "https://id.example.com /x", "https://:443/x", "https://?x", "https://id.example.com/x\u0000", "https:id.example.com", secure + "/",
			} {
				f.Add(200, document(issuer, at, value))
			}
		}
	}
	good := document(secure, "", "")
	f.Add(302, good)
	f.Add(500, good)
	f.Add(200, "["+good+"]")
	f.Add(200, good+good)
	f.Add(200, strings.Replace(good, `"issuer"`, `"Issuer"`, 1))
	f.Add(200, strings.Replace(good, `{`, `{"token_endpoint":"http://evil.example","TOKEN_ENDPOINT":"http://evil.example","Jwks_Uri":"ftp://evil.example",`, 1))
	f.Add(200, strings.Replace(good, `}`, `,"Token_Endpoint":"http://evil.example","token_endpoint_auth_methods_supported":["none"]}`, 1))
	f.Add(200, `{"issuer":"`+secure+`","jwks_uri":5}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		for _, issuer := range []string{secure, local} {
			said := &answering{status: status, contentType: "application/json", body: body}
			o := Options{Issuer: issuer, ClientID: "c", ClientSecret: "the-client-secret", Transport: said, Timeout: time.Minute, Now: time.Now}
			m, err := newProvider(o, newSite(&url.URL{Scheme: "https", Host: "admin.example.com"})).get(t.Context())
			if err != nil {
				if m != nil || KindOf(err) != Misconfigured && KindOf(err) != ProviderUnavailable || len(err.Error()) > 1500 {
					t.Errorf("%d %q gives %+v, %v", status, body, m, err)
				}
				continue
			}
			checkDiscovered(t, issuer, m)
			if status != http.StatusOK {
				t.Errorf("%d %q is believed", status, body)
			}
		}
	})
}

func checkDiscovered(t *testing.T, issuer string, m *metadata) {
	t.Helper()
	var said struct {
		Issuer string `json:"issuer"`
	}
	if err := m.oidc.Claims(&said); err != nil || said.Issuer != issuer || m.issuer != issuer {
		t.Errorf("%q is accepted as the issuer %q, and kept as %q: %v", said.Issuer, issuer, m.issuer, err)
	}
	needed := []string{m.oauth.Endpoint.AuthURL, m.oauth.Endpoint.TokenURL, m.keys.url}
	for i, endpoint := range append(needed, m.oidc.UserInfoEndpoint(), m.endSession) {
		if endpoint == "" && i >= len(needed) {
			continue
		}
		u, err := url.Parse(endpoint)
		if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || strings.HasPrefix(issuer, "https:")) {
			t.Errorf("%s has the endpoint %q", issuer, endpoint)
		}
	}
	if m.endSession == "" {
		return
	}
	next, err := url.Parse(m.endSessionURL("token", "https://admin.example.com/signed-out"))
	if err != nil || next.Query().Get("client_id") != "c" || len(next.Query()["post_logout_redirect_uri"]) != 1 || next.Query().Get("id_token_hint") != "token" {
		t.Errorf("sign-out at %q leads to %v, %v", m.endSession, next, err)
	}
}

// FuzzTokenAnswer reads answers of the token endpoint. The result is a token or an error with a kind, neither the
// error nor the log contains the answer, which may hold tokens, and a token does not outlive its expires_in.
func FuzzTokenAnswer(f *testing.F) {
	for _, body := range []string{
		`{"access_token":"hush-hush-hush","token_type":"Bearer","expires_in":60,"refresh_token":"r"}`, `{"access_token":"hush-hush-hush","token_type":"Bearer","expires_in":"60"}`,
		`{"access_token":"hush-hush-hush","token_type":"Bearer","expires_in":-60}`, `{"access_token":"hush-hush-hush","token_type":"bearer","expires_in":9223372036854775807}`,
		`{"access_token":"hush-hush-hush","expires_in":1e300}`, `{"access_token":"hush-hush-hush","token_type":"DPoP"}`, `{"access_token":""}`, `{"access_token":"hush-hush-hush","token_type":"Bearer","expires_in":0.5}`,
		`{"error":"invalid_grant","error_description":"hush-hush-hush"}`, `{"error":"invalid_client"}`, `{"error":"hush-hush-hush"}`, `{"error":"server_error"}`, `{"error":5}`,
		`{"access_token":"hush-hush-hush","token_type":"Bearer","id_token":"hush-hush-hush"}`, `{"access_token":"hush-hush-hush","token_type":"Bearer","id_token":5}`,
		`<html>hush-hush-hush</html>`, `access_token=hush-hush-hush&token_type=bearer&expires_in=60`, `error=invalid_grant`, "", "{", "null", `{"access_token":"hush-hush-hush`, "\xff",
	} {
		for _, status := range []int{200, 400, 401, 429, 500, 302, 204} {
			f.Add(status, "application/json", body)
			f.Add(status, "application/x-www-form-urlencoded", body)
		}
		f.Add(200, "text/html; charset=utf-8", body)
		f.Add(200, "text/plain", body)
		f.Add(200, "/;", body)
	}
	now := time.Unix(1_900_000_000, 0)
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		said := &answering{status: status, contentType: contentType, body: body}
		to := newEndpoints(said, time.Minute)
		var log bytes.Buffer
		set := newKeySet("https://id.example.com/certs", to.keys, time.Minute, func() time.Time { return now })
		set.pace = 0
		m := &metadata{issuer: "https://id.example.com", clientID: "c", to: to, now: set.now, keys: set, clock: new(providerClock)}
		m.oauth = oauth2.Config{ClientID: "c", ClientSecret: "the-client-secret", Endpoint: oauth2.Endpoint{TokenURL: "https://id.example.com/token", AuthStyle: oauth2.AuthStyleInHeader}}
		rp := &RelyingParty{now: set.now, margin: 10 * time.Second, rolesClaim: "roles", log: slog.New(slog.NewTextHandler(&log, nil))}
		before := grant{issuer: m.issuer, subject: "u", refresh: "the-refresh-token", roles: []string{"admin"}}
		g, err := rp.refresh(t.Context(), m, before)
		told := log.String()
		if err != nil {
			told += err.Error()
			checkTokenFailure(t, status, body, err)
		} else {
			checkLife(t, now, g)
			plain := utf8.ValidString(body) && !strings.ContainsAny(body, `\%+`)
			if status < 200 || status > 299 || g.access == "" || g.subject != "u" || g.refresh == "" || len(g.roles) > 0 || plain && !strings.Contains(body, g.access) {
				t.Errorf("%d %q gives %+v", status, body, g)
			}
		}
		if strings.Contains(told, "hush-hush-hush") && !codeOf(contentType, body, "hush-hush-hush") || strings.Contains(told, "the-refresh-token") || strings.Contains(told, "the-client-secret") {
			t.Errorf("%d %q is told as %s", status, body, told)
		}
	})
}

// codeOf reports whether an answer has text as its OAuth error code, which is not secret.
func codeOf(contentType, body, text string) bool {
	var said map[string]any
	if json.Unmarshal([]byte(body), &said) == nil {
		code, _ := said["error"].(string)
		return strings.Contains(code, text)
	}
	values, _ := url.ParseQuery(body)
	return contentType != "" && strings.Contains(values.Get("error"), text)
}

// checkTokenFailure checks that an error has a kind, and that only the provider's own errors are final.
func checkTokenFailure(t *testing.T, status int, body string, err error) {
	t.Helper()
	switch KindOf(err) {
	case Misconfigured:
		if !strings.Contains(body, "client") {
			t.Errorf("%d %q: %v", status, body, err)
		}
	case SignInRefused:
		if status >= 500 || status == http.StatusTooManyRequests {
			t.Errorf("%d %q ends the session: %v", status, body, err)
		}
	case ProviderUnavailable:
	default:
		t.Errorf("%d %q: %v", status, body, err)
	}
	if errors.Is(err, SignInRefused) && body == "" {
		t.Errorf("nothing ends the session: %v", err)
	}
	if len(err.Error()) > 2000 {
		t.Errorf("%d bytes are told of %q", len(err.Error()), body)
	}
}

// checkLife checks that a token is renewed before it expires, and not on every request.
func checkLife(t *testing.T, now time.Time, g grant) {
	t.Helper()
	if g.expiresAt.IsZero() != g.refreshAt.IsZero() || g.refreshAt.After(g.expiresAt) {
		t.Errorf("it ends at %v and is renewed at %v", g.expiresAt, g.refreshAt)
	}
	if g.expiresAt.After(now) && !g.fresh(now) {
		t.Errorf("it ends at %v and is renewed at once", g.expiresAt)
	}
	if g.expiresAt.Sub(now) > 100*365*24*time.Hour {
		t.Errorf("it ends at %v", g.expiresAt)
	}
}

// FuzzLife checks that an access token ends after expires_in, and without that at its exp claim.
func FuzzLife(f *testing.F) {
	f.Add(int32(60), int64(1_900_000_050), int64(10))
	f.Add(int32(60), int64(0), int64(3600))
	f.Add(int32(-1), int64(1_900_000_050), int64(0))
	f.Add(int32(0), int64(0), int64(10))
	f.Add(int32(0), int64(1), int64(10))
	f.Add(int32(1<<31-1), int64(1_899_999_999), int64(10))
	f.Add(int32(-1<<31), int64(100_000_000_000), int64(10))
	// The library gives no more than 32 bits, whatever comes; FuzzTokenAnswer goes through it.
	f.Fuzz(func(t *testing.T, expiresIn int32, exp, margin int64) {
		asked := time.Unix(1_900_000_000, 0)
		expires := time.Time{}
		if exp > 0 && exp <= 1e11 { // what claims take for a time
			expires = time.Unix(exp, 0)
		}
		margin &= 1<<20 - 1
		var g grant
		g.setLife(asked, int64(expiresIn), expires, time.Duration(margin)*time.Second)
		if g.expiresAt.IsZero() != (expiresIn == 0 && expires.IsZero()) || g.expiresAt.IsZero() != g.refreshAt.IsZero() {
			t.Fatalf("%d s and %v: %v, %v", expiresIn, expires, g.expiresAt, g.refreshAt)
		}
		if g.expiresAt.IsZero() {
			return
		}
		// In seconds after the question, where nothing can overflow.
		ends := exp - asked.Unix()
		if expiresIn != 0 {
			ends = int64(expiresIn)
		}
		if got := g.expiresAt.Unix() - asked.Unix(); got != ends {
			t.Errorf("%d s and %v: it ends after %d s, want %d", expiresIn, expires, got, ends)
		}
		if early := g.expiresAt.Sub(g.refreshAt); early < 0 || early > time.Duration(margin)*time.Second || ends > 1 && !g.refreshAt.After(asked) {
			t.Errorf("%d s, %v and a margin of %d s: it is renewed %v before its end", expiresIn, expires, margin, early)
		}
	})
}

// FuzzUserinfo reads answers of the userinfo endpoint. Only those for the same subject are used; names are of bounded
// length, and an empty one replaces nothing.
func FuzzUserinfo(f *testing.F) {
	for _, body := range []string{
		`{"sub":"u","name":"Ada","email":"ada@example.com","preferred_username":"ada"}`, `{"sub":"other","name":"Eve"}`, `{"name":"Eve"}`, `{"sub":"u","name":"","email":null}`,
		`{"sub":"u","name":5,"email":["x"]}`, `{"sub":"u","sub":"other","name":"Eve"}`, `{"Sub":"u","name":"Eve"}`, `{"sub":"u","name":"Ada","name":"Eve"}`, `{"sub":"u","name":"` + strings.Repeat("é", 300) + `"}`,
		`{"sub":"u","name":"\ud800"}`, "{\"sub\":\"u\",\"name\":\"\xff\"}", `{"sub":"u","email_verified":"true"}`, `null`, `[]`, ``, `{"sub":["u"]}`, `{"sub":"U","name":"Eve"}`, `{"sub":"u"}{"sub":"other"}`,
	} {
		f.Add(200, "application/json", body, "")
		f.Add(200, "application/jwt", body, "Given")
		f.Add(403, "application/json", body, "")
	}
	const issuer = "https://id.example.com"
	f.Fuzz(func(t *testing.T, status int, contentType, body, name string) {
		discovery := &answering{status: http.StatusOK, contentType: "application/json", body: `{"issuer":"` + issuer + `","authorization_endpoint":"` + issuer + `/a","token_endpoint":"` + issuer + `/t","jwks_uri":"` + issuer + `/k","userinfo_endpoint":"` + issuer + `/u"}`}
		m, err := newProvider(Options{Issuer: issuer, ClientID: "c", Transport: discovery, Timeout: time.Minute, Now: time.Now}, site{}).get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		*discovery = answering{status: status, contentType: contentType, body: body}
		var log bytes.Buffer
		rp := &RelyingParty{log: slog.New(slog.NewTextHandler(&log, nil))}
		g := grant{subject: "u", name: name}
		err = rp.addProfile(t.Context(), m, &oauth2.Token{AccessToken: "hush-hush-hush"}, &g)
		if err != nil && KindOf(err) != SignInRefused || strings.Contains(log.String(), "hush-hush-hush") && !strings.Contains(body, "hush-hush-hush") {
			t.Errorf("%d %q: %v, and the log says %s", status, body, err, &log)
		}
		if g.subject != "u" || g.roles != nil || g.access != "" || name != "" && g.name == "" {
			t.Errorf("%d %q gives %+v", status, body, g)
		}
		if utf8.RuneCountInString(g.name) > max(201, utf8.RuneCountInString(name)) || utf8.RuneCountInString(g.email) > 321 || utf8.RuneCountInString(g.username) > 321 {
			t.Errorf("%q gives the names %q, %q, %q", body, g.name, g.email, g.username)
		}
		taken := g.email != "" || g.username != "" || g.name != name
		var said struct {
			Sub string `json:"sub"`
		}
		if _ = json.Unmarshal([]byte(body), &said); taken && (err != nil || status != http.StatusOK || said.Sub != "u") {
			t.Errorf("%d %q is believed: %+v, %v", status, body, g, err)
		}
	})
}
