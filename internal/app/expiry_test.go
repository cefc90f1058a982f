package app_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"wallaroo-user-admin/internal/demo"
)

func TestSec37_ARevokedRefreshTokenLeadsToSignInAndBack(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	path := "/users/" + s.userID("user@example.com")
	s.control(http.MethodPost, "revoke", map[string]any{"sub": demo.AdminID})
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "query", "status": http.StatusUnauthorized, "times": 1})
	// The provider's session goes on, so that signing in is seamless.
	if p := b.get(s.site + path); p.status != http.StatusOK || p.url.Path != path {
		t.Errorf("%d at %s: %s", p.status, p.url, p.text())
	}
}

func TestSec37_AProviderThatIsDownEndsNoSession(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	path, signIns := "/users/"+s.userID("user@example.com"), len(s.requests("auth"))
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "query", "status": http.StatusUnauthorized, "times": 1})
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "token", "status": http.StatusInternalServerError})
	if p := b.get(s.site + path); p.status != http.StatusServiceUnavailable {
		t.Errorf("while it is down: %d %s", p.status, p.text())
	}
	s.control(http.MethodDelete, "faults", nil)
	if p := b.get(s.site + path); p.status != http.StatusOK || len(s.requests("auth")) != signIns {
		t.Errorf("after that: %d with %d more sign-ins: %s", p.status, len(s.requests("auth"))-signIns, p.text())
	}
}

func TestSec22_ASignInThatTheProviderFailedCanBeBegunAgainForTheSamePage(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "token", "status": http.StatusInternalServerError})
	b := s.browser()
	p := b.signIn("/users?q=uma", demo.AdminEmail)
	again := find(p.doc, func(n *html.Node) bool { return n.Data == "a" && strings.Contains(attribute(n, "href"), "/login") })
	if p.status != http.StatusServiceUnavailable || again == nil {
		t.Fatalf("%d %s", p.status, p.body)
	}
	s.control(http.MethodDelete, "faults", nil)
	if p := b.get(s.site + attribute(again, "href")); p.status != http.StatusOK || p.url.RequestURI() != "/users?q=uma" {
		t.Errorf("%d at %s", p.status, p.url)
	}
}
