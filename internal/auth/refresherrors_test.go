package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/auth"
)

// A provider's error about itself, though formed like an OAuth error, does not invalidate the refresh token.
func TestSec37_AServerErrorWithAnOAuthErrorCodeEndsNoSession(t *testing.T) {
	for name, fault := range map[string]func(*testing.T) http.HandlerFunc{
		"500 as Keycloak says it":      answerWith(500, "application/json", `{"error":"unknown_error","error_description":"For more on this error consult the server log."}`),
		"500 with an OAuth error":      answerWith(500, "application/json", `{"error":"invalid_grant"}`),
		"502 with an OAuth error":      answerWith(502, "application/json", `{"error":"invalid_request"}`),
		"503 with an OAuth error":      answerWith(503, "application/json", `{"error":"invalid_grant","error_description":"Session not active"}`),
		"302 with an OAuth error":      answerWith(302, "application/json", `{"error":"invalid_grant"}`),
		"429 with a code of its own":   answerWith(429, "application/json", `{"error":"too_many_requests"}`),
		"429 with an OAuth error":      answerWith(429, "application/json", `{"error":"access_denied"}`),
		"400, but only for the moment": answerWith(400, "application/json", `{"error":"temporarily_unavailable"}`),
		"400, but to slow us down":     answerWith(400, "application/json", `{"error":"slow_down"}`),
		"400 without a code":           answerWith(400, "application/json", `{}`),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.browser()
			b.mustSignIn()
			token := b.mustSee()["token"]
			s.provider.set(func() { s.provider.endpoint["/token"] = fault(t) })
			s.clock.advance(testLife - 5*time.Second)
			if got := b.mustSee()["token"]; got != token {
				t.Error("the live token was not used on")
			}
			s.clock.advance(10 * time.Second)
			if a := b.get("/page"); a.kind() != auth.ProviderUnavailable || s.memory.count() != 1 {
				t.Errorf("with an ended token: %d %q, %d sessions", a.status, a.kind(), s.memory.count())
			}
			s.provider.set(func() { delete(s.provider.endpoint, "/token") })
			if got := b.mustSee()["token"]; got == token {
				t.Error("an ended token was used")
			}
			if line := lineOf(s.log.String(), "no valid access token"); !strings.Contains(line, `"sub":"u-1"`) {
				t.Errorf("the log doesn't say whose session it was: %s", line)
			}
			if endings(s) != 0 {
				t.Error("the session was said to have ended")
			}
		})
	}
}

// lineOf returns the first line of a log that contains these words.
func lineOf(log, words string) string {
	for line := range strings.Lines(log) {
		if strings.Contains(line, words) {
			return line
		}
	}
	return ""
}
