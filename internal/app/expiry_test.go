package app_test

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

func TestSec37_ARevokedRefreshTokenLeadsToSignInAndBack(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	path := "/users/" + s.UserID("user@example.com")
	s.Control(http.MethodPost, "revoke", map[string]any{"sub": demo.AdminID})
	s.Fault("query", map[string]any{"status": http.StatusUnauthorized, "times": 1})
	// The provider's session goes on, so that signing in is seamless.
	if p := b.Get(s.Site + path); p.Status != http.StatusOK || p.URL.Path != path {
		t.Errorf("%d at %s: %s", p.Status, p.URL, p.Text())
	}
}

func TestSec37_AProviderThatIsDownEndsNoSession(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	path, signIns := "/users/"+s.UserID("user@example.com"), len(s.Requests("auth"))
	s.Fault("query", map[string]any{"status": http.StatusUnauthorized, "times": 1})
	s.Fault("token", map[string]any{"status": http.StatusInternalServerError})
	if p := b.Get(s.Site + path); p.Status != http.StatusServiceUnavailable {
		t.Errorf("while it is down: %d %s", p.Status, p.Text())
	}
	s.NoFaults()
	if p := b.Get(s.Site + path); p.Status != http.StatusOK || len(s.Requests("auth")) != signIns {
		t.Errorf("after that: %d with %d more sign-ins: %s", p.Status, len(s.Requests("auth"))-signIns, p.Text())
	}
}

func TestSec22_ASignInThatTheProviderFailedCanBeBegunAgainForTheSamePage(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	s.Fault("token", map[string]any{"status": http.StatusInternalServerError})
	b := s.NewBrowser()
	p := b.SignIn("/users?q=uma", demo.AdminEmail)
	again := harness.Find(p.Doc, func(n *html.Node) bool {
		return n.Data == "a" && strings.Contains(harness.Attribute(n, "href"), "/login")
	})
	if p.Status != http.StatusServiceUnavailable || again == nil {
		t.Fatalf("%d %s", p.Status, p.Body)
	}
	s.NoFaults()
	if p := b.Get(s.Site + harness.Attribute(again, "href")); p.Status != http.StatusOK || p.URL.RequestURI() != "/users?q=uma" {
		t.Errorf("%d at %s", p.Status, p.URL)
	}
}
