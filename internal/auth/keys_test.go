package auth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"wallaroo-user-admin/internal/auth"
)

const (
	due   = 6 * time.Minute  // then keys are to be read again
	stale = 61 * time.Minute // then they don't count any more, even if they can't be read again
)

// While the key set can't be read, a key that has left it is accepted for a limited time.
func TestSec14_AKeyThatHasLeftTheSetIsNotAcceptedForEverWhileTheSetCannotBeRead(t *testing.T) {
	s := newSite(t)
	s.browser().mustSignIn()
	old := func(c map[string]any) string { return signed(t, jose.RS256, keys()[0], "k1", "JWT", c) }
	s.provider.set(func() {
		s.provider.key, s.provider.kid, s.provider.sign, s.provider.signAcc = keys()[1], "k2", old, old
	})
	s.fails("/certs", answerWith(500, "text/plain", "")(t))
	s.clock.advance(due)
	s.browser().mustSignIn() // an outage that is short
	s.clock.advance(stale - due)
	before := s.memory.count()
	for range 2 {
		if a := s.browser().signIn(); a.kind() != auth.ProviderUnavailable || s.memory.count() != before {
			t.Errorf("%d %q, %d sessions more", a.status, a.kind(), s.memory.count()-before)
		}
	}
	s.works("/certs")
	if a := s.browser().signIn(); a.kind() != auth.SignInRefused {
		t.Errorf("with the set at hand: %d %q", a.status, a.kind())
	}
	s.provider.set(func() { s.provider.sign, s.provider.signAcc = nil, nil })
	s.browser().mustSignIn()
}

// While the key set can't be read, an unknown key may be the provider's next one, so no session ends because of it.
func TestSec14_37_ANewKeyWhileTheSetCannotBeReadEndsNoSession(t *testing.T) {
	for name, after := range map[string]time.Duration{"the old keys are fresh": testLife, "the old keys are due": due, "the old keys are stale": stale} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *testSite) {
				b := s.visitor()
				b.mustSignIn()
				s.provider.set(func() { s.provider.key, s.provider.kid = keys()[1], "k2" })
				s.fails("/certs", answerWith(500, "text/plain", "")(t))
				time.Sleep(after)
				for range 12 {
					if a := b.get("/page"); a.kind() != auth.ProviderUnavailable || s.memory.count() != 1 {
						t.Fatalf("%d %q, %d sessions", a.status, a.kind(), s.memory.count())
					}
				}
				s.works("/certs")
				time.Sleep(time.Minute)
				b.mustSee()
			})
		})
	}
}

// With cached keys, a key set that hangs delays one request now and then, not all of them.
func TestSec20_KeysAtHandAreUsedOnWhileTheSetIsKnownToHang(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		signIn := func() seen { return s.visitor().signIn() }
		signIn()
		time.Sleep(due)
		s.fails("/certs", hang(t))
		for range shared {
			takes(t, limit, "", signIn)
			time.Sleep(time.Minute)
		}
		trial := make(chan seen, 1)
		go func() { trial <- signIn() }()
		time.Sleep(time.Second)
		for range 3 {
			if a := takes(t, 0, "", signIn); a.status != http.StatusSeeOther {
				t.Errorf("%d", a.status)
			}
		}
		if a := <-trial; a.status != http.StatusSeeOther {
			t.Errorf("%d", a.status)
		}
	})
}

// Unknown keys that are seen while the breaker is open do not delay the next read of the key set.
func TestSec14_ANewKeyIsNoticedAsSoonAsTheSetIsReadAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, s *testSite) {
		signIn := func() seen { return s.visitor().signIn() }
		signIn()
		time.Sleep(time.Second) // the next read needs no wait
		s.provider.set(func() { s.provider.key, s.provider.kid = keys()[1], "k2" })
		s.fails("/certs", hang(t))
		for range shared {
			takes(t, limit, auth.ProviderUnavailable, signIn)
		}
		for range 10 {
			takes(t, 0, auth.ProviderUnavailable, signIn)
		}
		s.works("/certs")
		time.Sleep(aWhile)
		s.visitor().mustSignIn()
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
