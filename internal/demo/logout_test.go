package demo_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"wallaroo-user-admin/internal/demo"
)

// logoutToken waits for a logout token and verifies it as a relying party does.
func (p *party) logoutToken() *oidc.LogoutToken {
	p.Helper()
	var raw string
	select {
	case raw = <-p.dashboard.logout:
	case <-time.After(5 * time.Second):
		p.Fatal("no logout token was sent")
	}
	header, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[0])
	if err != nil || !strings.Contains(string(header), `"typ":"logout+jwt"`) || !strings.Contains(string(header), `"alg":"RS256"`) {
		p.Errorf("header %s, %v", header, err)
	}
	token, err := p.provider.Verifier(&oidc.Config{ClientID: "dashboard"}).VerifyLogout(p.ctx, raw)
	if err != nil {
		p.Fatal(err)
	}
	if life := token.Expiry.Sub(token.IssuedAt); life != 2*time.Minute {
		p.Errorf("the logout token lives for %s", life)
	}
	return token
}

func (p *party) endSession(values ...string) string {
	q := url.Values{}
	for i := 0; i < len(values); i += 2 {
		q.Set(values[i], values[i+1])
	}
	return p.issuer + "/protocol/openid-connect/logout?" + q.Encode()
}

func TestSignOutEndsTheSessionAtTheProvider(t *testing.T) {
	p := start(t, func(o *demo.Options) { o.TokenTTL = time.Second }).party()
	b := p.browser()
	token := p.signIn(b, demo.AdminEmail, demo.Password)
	hint, _ := token.Extra("id_token").(string)
	sid := payload(t, hint)["sid"]
	time.Sleep(time.Until(expiry(t, hint).Add(10 * time.Millisecond))) // an expired hint will do

	at := b.open(p.endSession("id_token_hint", hint, "post_logout_redirect_uri", p.dashboard.url+"/signed-out", "state", "s"))
	if at.location == nil || at.location.String() != p.dashboard.url+"/signed-out?state=s" {
		t.Fatalf("sent to %v: %d\n%s", at.location, at.status, at.html)
	}
	if got := p.logoutToken(); got.SessionID != sid || got.Subject != demo.AdminID {
		t.Errorf("logout token for %s of %s", got.SessionID, got.Subject)
	}
	_, err := p.refresh(token.RefreshToken)
	p.refused(err, "invalid_grant")
	begin, _ := p.authURL()
	if at := b.open(begin); !strings.Contains(at.html, "Username or email") {
		t.Errorf("still signed in: %d", at.status)
	}
}

func TestSignOutElsewhereIsRefused(t *testing.T) {
	p := start(t).party()
	b := p.browser()
	token := p.signIn(b, demo.AdminEmail, demo.Password)
	hint, _ := token.Extra("id_token").(string)
	at := b.open(p.endSession("id_token_hint", hint, "post_logout_redirect_uri", "https://evil.example/"))
	if at.status != http.StatusBadRequest || !strings.HasPrefix(at.header.Get("Content-Type"), "text/html") {
		t.Errorf("%d %s", at.status, at.header.Get("Content-Type"))
	}
	if _, err := p.refresh(token.RefreshToken); err != nil {
		t.Errorf("the session has ended: %v", err)
	}
}

func TestSignOutWithoutAHintAsksFirst(t *testing.T) {
	p := start(t).party()
	b := p.browser()
	token := p.signIn(b, demo.AdminEmail, demo.Password)
	at := b.open(p.endSession("client_id", "dashboard", "post_logout_redirect_uri", p.dashboard.url+"/signed-out"))
	if at.status != http.StatusOK || !strings.Contains(at.html, "Sign out?") {
		t.Fatalf("%d\n%s", at.status, at.html)
	}
	token, err := p.refresh(token.RefreshToken)
	if err != nil {
		t.Fatalf("the session has ended: %v", err)
	}
	if done := b.submit(at); done.location == nil || done.location.Path != "/signed-out" {
		t.Errorf("sent to %v: %d", done.location, done.status)
	}
	p.logoutToken()
	_, err = p.refresh(token.RefreshToken)
	p.refused(err, "invalid_grant")
}

func TestTheControlEndsSessions(t *testing.T) {
	p := start(t).party()
	one := p.signIn(p.browser(), demo.AdminEmail, demo.Password)
	two := p.signIn(p.browser(), demo.AdminEmail, demo.Password)
	sid, _ := p.idToken(one)["sid"].(string)

	p.control(http.MethodPost, "end-session", `{"sid":"`+sid+`"}`, nil)
	if got := p.logoutToken(); got.SessionID != sid {
		t.Errorf("logout token for %s", got.SessionID)
	}
	_, err := p.refresh(one.RefreshToken)
	p.refused(err, "invalid_grant")
	if two, err = p.refresh(two.RefreshToken); err != nil {
		t.Errorf("the other session has ended: %v", err)
	}

	var out struct {
		Notices []struct{ Status int }
	}
	p.control(http.MethodPost, "end-session", `{"sub":"`+demo.AdminID+`"}`, &out)
	if len(out.Notices) != 1 || out.Notices[0].Status != http.StatusOK {
		t.Errorf("notices %v", out.Notices)
	}
	if got := p.logoutToken(); got.Subject != demo.AdminID || got.SessionID != p.idToken(two)["sid"] {
		t.Errorf("logout token for %s of %s", got.SessionID, got.Subject)
	}
	p.control(http.MethodPost, "end-session", `{"sub":"`+demo.AdminID+`","withoutSid":true}`, nil)
	if got := p.logoutToken(); got.SessionID != "" {
		t.Errorf("logout token with the session %s", got.SessionID)
	}
	if status, _ := p.post("/control/end-session", "", `{"sid":"unknown"}`); status != http.StatusBadRequest {
		t.Errorf("an unknown session answers %d", status)
	}
}

func TestTheControlRevokesRefreshTokens(t *testing.T) {
	p := start(t).party()
	b := p.browser()
	token := p.signIn(b, demo.AdminEmail, demo.Password)
	p.control(http.MethodPost, "revoke", `{"sub":"`+demo.AdminID+`"}`, nil)
	_, err := p.refresh(token.RefreshToken)
	p.refused(err, "invalid_grant")

	begin, verifier := p.authURL() // the browser's session goes on
	if _, err := p.refresh(p.exchange(b.open(begin), verifier).RefreshToken); err != nil {
		t.Error(err)
	}
	select {
	case <-p.dashboard.logout:
		t.Error("a logout token was sent")
	default:
	}
}

func TestARealIssuerTakesTheProvidersPlace(t *testing.T) {
	real := start(t)
	w := start(t, func(o *demo.Options) { o.Issuer = real.issuer })
	if w.issuer != "" {
		t.Errorf("an issuer of its own: %s", w.issuer)
	}
	if status, _ := w.send(http.MethodGet, "/auth/realms/master/.well-known/openid-configuration", "", ""); status != http.StatusNotFound {
		t.Errorf("discovery answers %d", status)
	}
	if status, body := w.post("/v1/api/users/query", real.token(demo.AdminEmail), "{}"); status != http.StatusOK {
		t.Errorf("query answers %d %s", status, body)
	}
	if status, _ := w.post("/v1/api/users/query", real.token(demo.PlainEmail), "{}"); status != http.StatusForbidden {
		t.Errorf("a plain user's query answers %d", status)
	}
	if status, _ := w.post("/v1/api/users/query", start(t).token(demo.AdminEmail), "{}"); status != http.StatusUnauthorized {
		t.Errorf("another issuer's token answers %d", status)
	}
	if status, _ := w.post("/control/token", "", "{}"); status != http.StatusBadRequest {
		t.Errorf("the token control answers %d", status)
	}
}

func TestTokensFollowTheirLife(t *testing.T) {
	p := start(t, func(o *demo.Options) { o.TokenTTL = 2 * time.Second }).party()
	token := p.signIn(p.browser(), demo.AdminEmail, demo.Password)
	exp := expiry(t, token.AccessToken)
	if status, _ := p.post("/v1/api/users/query", token.AccessToken, `{"user_ids":[]}`); status != http.StatusOK {
		t.Fatalf("query answers %d", status)
	}
	time.Sleep(time.Until(exp.Add(1100 * time.Millisecond)))
	if status, _ := p.post("/v1/api/users/query", token.AccessToken, `{"user_ids":[]}`); status != http.StatusUnauthorized {
		t.Errorf("an expired token answers %d", status)
	}
	if _, err := p.provider.UserInfo(p.ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token.AccessToken, TokenType: "Bearer"})); err == nil {
		t.Error("userinfo takes an expired token")
	}
	if _, err := p.refresh(token.RefreshToken); err != nil {
		t.Error(err)
	}
}
