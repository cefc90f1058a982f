package demo_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"wallaroo-user-admin/internal/demo"
)

// party is a relying party made of go-oidc and x/oauth2, which share no code with the provider.
type party struct {
	*world
	ctx      context.Context
	provider *oidc.Provider
	oauth    oauth2.Config
}

func (w *world) party() *party {
	w.Helper()
	ctx := oidc.ClientContext(w.Context(), w.api)
	provider, err := oidc.NewProvider(ctx, w.issuer)
	if err != nil {
		w.Fatal(err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader // finding out would use up codes
	return &party{w, ctx, provider, oauth2.Config{
		ClientID: "dashboard", ClientSecret: "s3cret & more", Endpoint: endpoint,
		RedirectURL: w.dashboard.url + "/callback", Scopes: []string{"openid", "profile", "email"},
	}}
}

// authURL is an authorization request with the verifier of its PKCE challenge.
func (p *party) authURL(more ...oauth2.AuthCodeOption) (string, string) {
	verifier := oauth2.GenerateVerifier()
	more = append(more, oauth2.S256ChallengeOption(verifier), oidc.Nonce("the-nonce"))
	return p.oauth.AuthCodeURL("the-state", more...), verifier
}

// signIn fills in the form and exchanges the code.
func (p *party) signIn(b *browser, user, password string) *oauth2.Token {
	p.Helper()
	start, verifier := p.authURL()
	at := b.submit(b.open(start), "username", user, "password", password)
	return p.exchange(at, verifier)
}

func (p *party) exchange(at page, verifier string) *oauth2.Token {
	p.Helper()
	if at.location == nil {
		p.Fatalf("not sent back to the dashboard but to %s: %d\n%s", at.url, at.status, at.html)
	}
	q := at.location.Query()
	if q.Get("state") != "the-state" || q.Get("iss") != p.issuer || q.Get("code") == "" {
		p.Fatalf("callback %s", at.location)
	}
	token, err := p.oauth.Exchange(p.ctx, q.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		p.Fatal(err)
	}
	return token
}

// idToken verifies the ID token of an answer and decodes its claims.
func (p *party) idToken(token *oauth2.Token) map[string]any {
	p.Helper()
	raw, _ := token.Extra("id_token").(string)
	verified, err := p.provider.Verifier(&oidc.Config{ClientID: "dashboard"}).Verify(p.ctx, raw)
	if err != nil {
		p.Fatal(err)
	}
	if err := verified.VerifyAccessToken(token.AccessToken); err != nil {
		p.Fatal(err)
	}
	claims := map[string]any{}
	if err := verified.Claims(&claims); err != nil {
		p.Fatal(err)
	}
	return claims
}

func (p *party) refresh(refreshToken string) (*oauth2.Token, error) {
	return p.oauth.TokenSource(p.ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
}

// refused fails the test unless err is an OAuth error with code.
func (p *party) refused(err error, code string) {
	p.Helper()
	if refused := (*oauth2.RetrieveError)(nil); !errors.As(err, &refused) || refused.ErrorCode != code {
		p.Fatalf("want %s, got %v", code, err)
	}
}

// payload decodes a JWT's claims without verifying it.
func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{}
	if err := json.Unmarshal(b, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// expiry is a JWT's exp.
func expiry(t *testing.T, token string) time.Time {
	t.Helper()
	exp, ok := payload(t, token)["exp"].(float64)
	if !ok {
		t.Fatal("no exp")
	}
	return time.Unix(int64(exp), 0)
}

func TestAnAdministratorSignsIn(t *testing.T) {
	p := start(t).party()
	b := p.browser()
	begin, verifier := p.authURL()
	form := b.open(begin)
	for _, want := range []string{"Demo identity provider", ">Username or email</label>", ">Password</label>", ">Sign in</button>"} {
		if !strings.Contains(form.html, want) {
			t.Errorf("no %q on the form", want)
		}
	}
	if csp := form.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	token := p.exchange(b.submit(form, "username", demo.AdminEmail, "password", demo.Password), verifier)

	id := p.idToken(token)
	for name, want := range map[string]any{
		"sub": demo.AdminID, "aud": []any{"dashboard"}, "azp": "dashboard", "nonce": "the-nonce", "email": demo.AdminEmail,
		"preferred_username": demo.AdminEmail, "name": "Ada Administrator", "given_name": "Ada", "family_name": "Administrator",
	} {
		if got, _ := json.Marshal(id[name]); string(got) != encode(t, want) {
			t.Errorf("ID token's %s is %s, want %v", name, got, want)
		}
	}
	if id["sid"] == "" || id["sid"] == nil || id["realm_access"] != nil {
		t.Errorf("ID token's sid %v, roles %v", id["sid"], id["realm_access"])
	}

	access := payload(t, token.AccessToken)
	if got := encode(t, access["aud"]); got != `["master-realm","account"]` {
		t.Errorf("access token's audience %s", got)
	}
	if access["azp"] != "dashboard" || access["typ"] != "Bearer" || access["sid"] != id["sid"] {
		t.Errorf("access token's azp %v, typ %v, sid %v", access["azp"], access["typ"], access["sid"])
	}
	if !strings.Contains(encode(t, access["realm_access"]), `"admin"`) {
		t.Errorf("access token's roles %v", access["realm_access"])
	}
	if n := len(token.AccessToken); n < 1400 || n > 4096 {
		t.Errorf("access token of %d bytes", n)
	}
	if left := time.Until(token.Expiry); left < 50*time.Second || left > 61*time.Second {
		t.Errorf("expires in %s", left)
	}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAPlainUserIsNoAdministrator(t *testing.T) {
	p := start(t).party()
	token := p.signIn(p.browser(), "USER@example.com", demo.Password) // any case
	access := payload(t, token.AccessToken)
	if access["aud"] != "account" || strings.Contains(encode(t, access["realm_access"]), `"admin"`) {
		t.Errorf("audience %v, roles %v", access["aud"], access["realm_access"])
	}
	if status, _ := p.post("/v1/api/users/query", token.AccessToken, "{}"); status != http.StatusForbidden {
		t.Errorf("query answers %d", status)
	}
}

func TestTheBuiltInAdministratorHasNoEmail(t *testing.T) {
	p := start(t).party()
	token := p.signIn(p.browser(), demo.BuiltInAdmin, demo.Password)
	id := p.idToken(token)
	for _, name := range []string{"email", "name", "given_name", "family_name"} {
		if _, there := id[name]; there {
			t.Errorf("ID token has %s", name)
		}
	}
	if id["preferred_username"] != "admin" {
		t.Errorf("preferred_username %v", id["preferred_username"])
	}
	if status, _ := p.post("/v1/api/users/query", token.AccessToken, "{}"); status != http.StatusOK {
		t.Errorf("query answers %d", status)
	}
}

func TestWhatTheProviderAnnounces(t *testing.T) {
	w := start(t)
	_, body := w.send(http.MethodGet, "/auth/realms/master/.well-known/openid-configuration", "", "")
	var doc map[string]any
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	base := w.origin + "/auth/realms/master"
	for name, want := range map[string]any{
		"issuer": base, "authorization_endpoint": base + "/protocol/openid-connect/auth",
		"token_endpoint": base + "/protocol/openid-connect/token", "jwks_uri": base + "/protocol/openid-connect/certs",
		"userinfo_endpoint":    base + "/protocol/openid-connect/userinfo",
		"end_session_endpoint": base + "/protocol/openid-connect/logout", "backchannel_logout_supported": true,
		"backchannel_logout_session_supported": true, "authorization_response_iss_parameter_supported": true,
	} {
		if doc[name] != want {
			t.Errorf("%s is %v, want %v", name, doc[name], want)
		}
	}
	if got := encode(t, doc["code_challenge_methods_supported"]); got != `["S256"]` {
		t.Errorf("code_challenge_methods_supported %s", got)
	}
}

func TestSignInsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, user, password string
		status               int
		text                 string
	}{
		{"a wrong password", demo.AdminEmail, "nonsense", http.StatusUnauthorized, "Invalid username or password."},
		{"nobody of that name", "nobody@example.com", "demo", http.StatusUnauthorized, "Invalid username or password."},
		{"a deactivated account", "deactivated@example.com", "demo", http.StatusForbidden, "Account is disabled"},
		{"a deactivated account with a wrong password", "deactivated@example.com", "x", http.StatusUnauthorized, "Invalid username or password."},
		{"markup as a name", `"><script>`, "x", http.StatusUnauthorized, `value="&#34;&gt;&lt;script&gt;"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start(t).party()
			b := p.browser()
			begin, _ := p.authURL()
			at := b.submit(b.open(begin), "username", c.user, "password", c.password)
			if at.status != c.status || !strings.Contains(at.html, c.text) || at.location != nil {
				t.Errorf("%d\n%s", at.status, at.html)
			}
		})
	}
}

func TestAuthorizationRequestsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(url.Values)
		code   string // sent back to the dashboard; empty: a page at the provider
	}{
		{"without PKCE", func(q url.Values) { q.Del("code_challenge"); q.Del("code_challenge_method") }, "invalid_request"},
		{"with plain PKCE", func(q url.Values) { q.Set("code_challenge_method", "plain") }, "invalid_request"},
		{"silently, with nobody signed in", func(q url.Values) { q.Set("prompt", "none") }, "login_required"},
		{"for another client", func(q url.Values) { q.Set("client_id", "other") }, ""},
		{"to an unregistered redirect URI", func(q url.Values) { q.Set("redirect_uri", "https://evil.example/callback") }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start(t).party()
			begin, _ := p.authURL()
			u, _ := url.Parse(begin)
			q := u.Query()
			c.change(q)
			u.RawQuery = q.Encode()
			at := p.browser().open(u.String())
			if c.code == "" {
				if at.status != http.StatusBadRequest || !strings.Contains(at.html, "We are sorry") {
					t.Errorf("%d\n%s", at.status, at.html)
				}
				return
			}
			if at.location == nil {
				t.Fatalf("%d\n%s", at.status, at.html)
			}
			if got := at.location.Query(); got.Get("error") != c.code || got.Get("state") != "the-state" || got.Get("iss") != p.issuer {
				t.Errorf("sent back to %s", at.location)
			}
		})
	}
}

func TestABrowserStaysSignedInAtTheProvider(t *testing.T) {
	p := start(t).party()
	b := p.browser()
	first := p.idToken(p.signIn(b, demo.AdminEmail, demo.Password))

	begin, verifier := p.authURL()
	second := p.idToken(p.exchange(b.open(begin), verifier))
	if first["sid"] != second["sid"] {
		t.Errorf("sid %v, then %v", first["sid"], second["sid"])
	}
	begin, verifier = p.authURL(oauth2.SetAuthURLParam("prompt", "none"))
	p.exchange(b.open(begin), verifier)

	stranger := p.browser() // who knows the session's id, which stands in tokens
	issuer, _ := url.Parse(p.issuer + "/")
	known := b.client.Jar.Cookies(issuer)
	if len(known) != 1 {
		t.Fatalf("cookies of the provider: %v", known)
	}
	stranger.client.Jar.SetCookies(issuer, []*http.Cookie{{Name: known[0].Name, Value: fmt.Sprint(first["sid"])}})
	begin, _ = p.authURL()
	if at := stranger.open(begin); at.status != http.StatusOK {
		t.Errorf("a session's id signs in: %d", at.status)
	}

	begin, _ = p.authURL(oauth2.SetAuthURLParam("prompt", "login"))
	if at := b.open(begin); at.status != http.StatusOK || !strings.Contains(at.html, "Username or email") {
		t.Errorf("prompt=login shows no form: %d", at.status)
	}
	begin, _ = p.authURL(oauth2.SetAuthURLParam("max_age", "0"))
	if at := b.open(begin); !strings.Contains(at.html, "Username or email") {
		t.Errorf("max_age=0 shows no form: %d", at.status)
	}
}

func TestACodeThatIsUsedTwiceEndsWhatItGot(t *testing.T) {
	p := start(t).party()
	b := p.browser()
	begin, verifier := p.authURL()
	at := b.submit(b.open(begin), "username", demo.AdminEmail, "password", demo.Password)
	token := p.exchange(at, verifier)

	_, err := p.oauth.Exchange(p.ctx, at.location.Query().Get("code"), oauth2.VerifierOption(verifier))
	p.refused(err, "invalid_grant")
	_, err = p.refresh(token.RefreshToken)
	p.refused(err, "invalid_grant")
}

func TestTokenRequestsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, code string
		change     func(p *party, verifier *string)
	}{
		{"a wrong verifier", "invalid_grant", func(_ *party, verifier *string) { *verifier = oauth2.GenerateVerifier() }},
		{"no verifier", "invalid_request", func(_ *party, verifier *string) { *verifier = "" }},
		{"a wrong secret", "unauthorized_client", func(p *party, _ *string) { p.oauth.ClientSecret = "wrong" }},
		{"another redirect URI", "invalid_grant", func(p *party, _ *string) { p.oauth.RedirectURL += "/other" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := start(t).party()
			b := p.browser()
			begin, verifier := p.authURL()
			at := b.submit(b.open(begin), "username", demo.AdminEmail, "password", demo.Password)
			c.change(p, &verifier)
			_, err := p.oauth.Exchange(p.ctx, at.location.Query().Get("code"), oauth2.VerifierOption(verifier))
			p.refused(err, c.code)
		})
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	p := start(t).party()
	token := p.signIn(p.browser(), demo.AdminEmail, demo.Password)
	sid := p.idToken(token)["sid"]

	second, err := p.refresh(token.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if second.RefreshToken == token.RefreshToken || second.AccessToken == token.AccessToken {
		t.Error("the tokens are the old ones")
	}
	if got := p.idToken(second)["sid"]; got != sid {
		t.Errorf("sid %v, then %v", sid, got)
	}
	third, err := p.refresh(second.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}

	_, err = p.refresh(token.RefreshToken) // used before
	p.refused(err, "invalid_grant")
	_, err = p.refresh(third.RefreshToken) // the whole family is dead
	p.refused(err, "invalid_grant")
}

func TestOfSeveralRefreshesAtOnceOneSucceeds(t *testing.T) {
	p := start(t).party()
	token := p.signIn(p.browser(), demo.AdminEmail, demo.Password)
	results := make(chan error, 8)
	var all sync.WaitGroup
	for range cap(results) {
		all.Go(func() {
			_, err := p.refresh(token.RefreshToken)
			results <- err
		})
	}
	all.Wait()
	close(results)
	good := 0
	for err := range results {
		if err == nil {
			good++
		} else {
			p.refused(err, "invalid_grant")
		}
	}
	if good != 1 {
		t.Errorf("%d succeeded", good)
	}
}

func TestTheClientMayAuthenticateInTheForm(t *testing.T) {
	p := start(t).party()
	p.oauth.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	p.idToken(p.signIn(p.browser(), demo.AdminEmail, demo.Password))
}

func TestAPublicClientNeedsNoSecret(t *testing.T) {
	p := start(t, func(o *demo.Options) { o.ClientSecret = "" }).party()
	p.oauth.ClientSecret, p.oauth.Endpoint.AuthStyle = "", oauth2.AuthStyleInParams
	token := p.signIn(p.browser(), demo.AdminEmail, demo.Password)
	if _, err := p.refresh(token.RefreshToken); err != nil {
		t.Fatal(err)
	}
}

func TestADisabledUserIsRefusedAtOnceAndRevivedByEnabling(t *testing.T) {
	p := start(t).party()
	token := p.signIn(p.browser(), demo.PlainEmail, demo.Password)
	source := oauth2.StaticTokenSource(token)
	if info, err := p.provider.UserInfo(p.ctx, source); err != nil || info.Email != demo.PlainEmail {
		t.Fatalf("userinfo %v, %v", info, err)
	}

	admin := p.token(demo.AdminEmail)
	if status, body := p.post("/v1/api/users/deactivate", admin, `{"email":"user@example.com"}`); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	if _, err := p.provider.UserInfo(p.ctx, source); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("userinfo: %v", err)
	}
	_, err := p.refresh(token.RefreshToken)
	p.refused(err, "invalid_grant")
	select {
	case <-p.dashboard.logout:
		t.Error("a logout token was sent")
	default:
	}

	p.post("/v1/api/users/activate", admin, `{"email":"user@example.com"}`)
	if _, err := p.provider.UserInfo(p.ctx, source); err != nil {
		t.Errorf("userinfo: %v", err)
	}
	if _, err := p.refresh(token.RefreshToken); err != nil {
		t.Errorf("refresh: %v", err)
	}
}

func TestAnInvitedUserSetsANewPassword(t *testing.T) {
	p := start(t).party()
	_, answer := p.post("/v1/api/users/invite", p.token(demo.AdminEmail), `{"email":"New.Colleague@example.com"}`)
	var invited struct{ ID, Password string }
	if err := json.Unmarshal([]byte(answer), &invited); err != nil || invited.Password == "" {
		t.Fatalf("%v in %s", err, answer)
	}

	b := p.browser()
	begin, verifier := p.authURL()
	form := b.submit(b.open(begin), "username", "new.colleague@example.com", "password", invited.Password)
	if !strings.Contains(form.html, "Set a new password") {
		t.Fatalf("%d\n%s", form.status, form.html)
	}
	if again := b.submit(form, "password-new", "one", "password-confirm", "other"); again.status != http.StatusUnprocessableEntity ||
		!strings.Contains(again.html, "Passwords don&#39;t match.") {
		t.Errorf("%d\n%s", again.status, again.html)
	}
	if again := b.submit(form, "password-new", "", "password-confirm", ""); again.status != http.StatusUnprocessableEntity {
		t.Errorf("an empty password answers %d", again.status)
	}
	token := p.exchange(b.submit(form, "password-new", "mine", "password-confirm", "mine"), verifier)
	if got := p.idToken(token)["sub"]; got != invited.ID {
		t.Errorf("signed in as %v", got)
	}
	after := p.users(p.token(demo.AdminEmail), "{}")[invited.ID]
	if actions := encode(t, after["requiredActions"]); actions != "[]" {
		t.Errorf("required actions %s", actions)
	}
	if _, ok := after["lastLogin"].(float64); !ok {
		t.Errorf("lastLogin %v", after["lastLogin"])
	}

	p.signIn(p.browser(), "new.colleague@example.com", "mine")
	other := p.browser()
	begin, _ = p.authURL()
	if at := other.submit(other.open(begin), "username", "new.colleague@example.com", "password", invited.Password); at.status != http.StatusUnauthorized {
		t.Errorf("the temporary password still works: %d", at.status)
	}
}

func TestAFormThatIsOverSaysSo(t *testing.T) {
	p := start(t).party()
	b := p.browser()
	begin, verifier := p.authURL()
	form := b.open(begin)
	p.exchange(b.submit(form, "username", demo.AdminEmail, "password", demo.Password), verifier)
	if at := b.submit(form, "username", demo.AdminEmail, "password", demo.Password); at.status != http.StatusBadRequest ||
		!strings.Contains(at.html, "This sign-in is over") {
		t.Errorf("%d\n%s", at.status, at.html)
	}
}

func TestTwoTabsSignInSideBySide(t *testing.T) {
	p := start(t).party()
	b := p.browser()
	one, verifier1 := p.authURL()
	two, verifier2 := p.authURL()
	form1, form2 := b.open(one), b.open(two)
	p.exchange(b.submit(form2, "username", demo.AdminEmail, "password", demo.Password), verifier2)
	p.exchange(b.submit(form1, "username", demo.AdminEmail, "password", demo.Password), verifier1)
}

func TestKeysRotate(t *testing.T) {
	p := start(t).party()
	b := p.browser()
	old := p.signIn(b, demo.AdminEmail, demo.Password)
	p.control(http.MethodPost, "rotate-keys", "", nil)
	if status, _ := p.post("/v1/api/users/query", old.AccessToken, "{}"); status != http.StatusOK {
		t.Errorf("a token of the old key answers %d", status)
	}
	p.idToken(p.signIn(p.browser(), demo.AdminEmail, demo.Password)) // verified with the new key

	p.control(http.MethodPost, "rotate-keys", `{"drop":true}`, nil)
	if status, _ := p.post("/v1/api/users/query", old.AccessToken, "{}"); status != http.StatusUnauthorized {
		t.Errorf("a token of a dropped key answers %d", status)
	}
}

func TestSeveralDashboardsMaySignIn(t *testing.T) {
	p := start(t, func(o *demo.Options) { o.ExtraPublicURLs = []string{o.PublicURL + "/under/a/path/"} }).party()
	p.oauth.RedirectURL = p.dashboard.url + "/under/a/path/callback"
	at := p.signIn(p.browser(), demo.AdminEmail, demo.Password)
	if azp := payload(t, at.AccessToken)["azp"]; azp != "dashboard" {
		t.Errorf("a token for %v", azp)
	}
}
