package auth_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"wallaroo-user-admin/internal/auth"
)

// An ID token is signed by the provider too, and may name the roles. It is not what the API takes.
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

func TestSec14_AKeyThatIsNotForSignaturesSignsNothing(t *testing.T) {
	for name, key := range map[string]jose.JSONWebKey{
		"for encryption":            {Use: "enc"},
		"for encryption, with RSA":  {Use: "enc", Algorithm: "RSA-OAEP"},
		"for another use":           {Use: "other"},
		"for another algorithm":     {Use: "sig", Algorithm: "RS512"},
		"for encryption by its alg": {Algorithm: "RSA-OAEP-256"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			key.Key, key.KeyID = keys()[1].Public(), "another"
			s.provider.extraKeys = []any{key}
			by := func(c map[string]any) string { return signed(t, jose.RS256, keys()[1], "another", "JWT", c) }
			s.provider.sign = by
			b := s.browser()
			b.mustRefuse(b.signIn(), auth.SignInRefused)
			s.provider.set(func() { s.provider.sign, s.provider.signAcc = nil, by })
			b.mustRefuse(b.signIn(), auth.NotAdministrator)
			s.provider.set(func() { s.provider.signAcc = nil })
			b.mustSignIn()
		})
	}
	t.Run("but the same key for signatures does", func(t *testing.T) {
		s := newSite(t)
		s.provider.extraKeys = []any{jose.JSONWebKey{Key: keys()[1].Public(), KeyID: "another", Use: "sig", Algorithm: "RS256"}}
		s.provider.sign = func(c map[string]any) string { return signed(t, jose.RS256, keys()[1], "another", "JWT", c) }
		s.browser().mustSignIn()
	})
}

func TestSec51_ALogoutTokenSentTwiceInOneFormEndsNothing(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	fresh := func() string {
		return signed(t, jose.RS256, s.provider.key, s.provider.kid, "logout+jwt", s.provider.logoutToken(func(c map[string]any) { c["sub"] = "u-1" }))
	}
	one := fresh()
	for name, tokens := range map[string][]string{
		"the same twice":      {one, one},
		"two good ones":       {fresh(), fresh()},
		"a good one in front": {fresh(), "x"},
		"a good one behind":   {"x", fresh()},
		"an empty one too":    {fresh(), ""},
	} {
		if a := s.browser().post("/backchannel-logout", url.Values{"logout_token": tokens}); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, a.status)
		}
		b.mustSee()
	}
	if a := s.browser().post("/backchannel-logout", logoutForm(one)); a.status != http.StatusOK {
		t.Errorf("once: %d", a.status)
	}
	if a := b.get("/page"); a.kind() != auth.SignInNeeded {
		t.Errorf("the session lives on: %d", a.status)
	}
}
