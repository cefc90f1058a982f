package auth_test

import (
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/auth"
)

// signInWith returns a site whose provider's clock is ahead, and a browser's answer of a sign-in there.
func signInWith(t *testing.T, ahead time.Duration) (*testSite, *browser, seen) {
	t.Helper()
	s := newSite(t)
	s.provider.ahead = ahead
	b := s.browser()
	return s, b, b.signIn()
}

func TestSec17_AProviderUpToAMinuteAheadOrBehindIsAccepted(t *testing.T) {
	for _, ahead := range []time.Duration{0, 5 * time.Second, -5 * time.Second, 20 * time.Second, -20 * time.Second, 50 * time.Second, -50 * time.Second} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			s, b, a := signInWith(t, ahead)
			if a.status != 303 {
				t.Fatalf("%d %s\n%s", a.status, a.body, s.log)
			}
			b.mustSee()
			// A token of a minute is renewed ten seconds before its end by our clock, not by the provider's.
			s.clock.advance(45 * time.Second)
			b.mustSee()
			if n := s.provider.count("/token"); n != 1 {
				t.Errorf("%d requests for tokens after 45 seconds", n)
			}
			s.clock.advance(10 * time.Second)
			b.mustSee()
			b.mustSee()
			if n := s.provider.count("/token"); n != 2 {
				t.Errorf("%d requests for tokens after 55 seconds", n)
			}
			if warned := strings.Contains(s.log.String(), "clock differs"); warned != (ahead.Abs() >= 10*time.Second) {
				t.Errorf("warned: %v\n%s", warned, s.log)
			}
			if ahead.Abs() >= 10*time.Second && strings.Count(s.log.String(), "clock differs") != 1 {
				t.Errorf("warned more than once:\n%s", s.log)
			}
		})
	}
}

func TestSec17_AProviderWithAnotherTimeIsToldAsSuchUntilItsClockIsSet(t *testing.T) {
	for _, ahead := range []time.Duration{2 * time.Minute, -2 * time.Minute, time.Hour, -time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			s, b, a := signInWith(t, ahead)
			b.mustRefuse(a, auth.Misconfigured)
			if told, err := time.ParseDuration(a.header.Get("X-Clock-Ahead")); err != nil || (told-ahead).Abs() > 2*time.Second {
				t.Errorf("the difference is told as %v", told)
			}
			if !strings.Contains(s.log.String(), `"provider_ahead":"`) {
				t.Errorf("the log does not tell the difference:\n%s", s.log)
			}
			s.provider.set(func() { s.provider.ahead = 0 })
			b.mustSignIn()
			if !strings.Contains(s.log.String(), "agrees with ours again") {
				t.Errorf("the log does not tell that the clocks agree:\n%s", s.log)
			}
		})
	}
}

// A session outlives a time in which the clocks differ too much, though its refresh token was rotated meanwhile.
func TestARenewalThatFailsBecauseOfAClockKeepsTheSession(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.mustSignIn()
	s.provider.set(func() { s.provider.ahead = time.Hour })
	s.clock.advance(2 * time.Minute)
	if a := b.get("/page"); a.kind() != auth.Misconfigured {
		t.Errorf("%d %s %s", a.status, a.kind(), a.body)
	}
	s.provider.set(func() { s.provider.ahead = 0 })
	b.mustSee()
}
