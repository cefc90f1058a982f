package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// mustNotLog fails the test for each of these texts that the server's log contains.
func mustNotLog(s *harness.Stack, secrets ...string) {
	s.T.Helper()
	log := s.Log.String()
	for _, secret := range secrets {
		if at := strings.Index(log, secret); at >= 0 {
			s.T.Errorf("the log has %q: …%s", secret, log[max(0, at-200):at+len(secret)])
		}
	}
}

func TestSec33_66_AnAnswerToAnInvitationIsNotLoggedWhateverItIs(t *testing.T) {
	const chosen, token = "Chosen-Pw-4711", "opaque-token-0123456789"
	for name, fault := range map[string]map[string]any{
		"an odd success":          {"status": 201, "raw": `{"id":"abc","password":"Chosen-Pw-4711"}`},
		"a fault that echoes":     {"status": 422, "raw": `{"msg":"bad password Chosen-Pw-4711","token":"opaque-token-0123456789"}`},
		"a failure that echoes":   {"status": 500, "raw": "POST /invite\nAuthorization: Bearer opaque-token-0123456789\n\n{\"password\":\"Chosen-Pw-4711\"}"},
		"a type that echoes":      {"status": 500, "raw": "x", "headers": map[string]string{"Content-Type": "text/plain; of=Chosen-Pw-4711"}},
		"a password of no string": {"status": 200, "raw": `{"id":"abc","password":{"value":"Chosen-Pw-4711"}}`},
		"a number for a password": {"status": 200, "raw": `{"id":"abc","password":47114711}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := harness.Start(t, demo.Options{Users: 5})
			b := s.SignedIn(demo.AdminEmail)
			fault["body"] = "raw"
			s.Fault("invite", fault)
			p := b.Post("/invite", url.Values{"key": {"k"}, "email": {"new@example.com"}, "pw": {"set"}, "password": {chosen}})
			if p.Status < 400 || strings.Contains(p.Body, token) || strings.Contains(p.Body, chosen) {
				t.Errorf("%d %s", p.Status, p.Text())
			}
			if p.Status == http.StatusUnprocessableEntity && !strings.Contains(p.Text(), "Its answer is not kept, as it may hold the password.") {
				t.Errorf("the page promises what is not so: %s", p.Text())
			}
			if log := s.Log.String(); !strings.Contains(log, "users/invite: ") || !strings.Contains(log, "bytes of") {
				t.Errorf("the log doesn't tell of it: %s", log)
			}
			mustNotLog(s, chosen, token, "47114711")
		})
	}
}

func TestSec65_ATokenInTheAnswerToAChangeIsNotLogged(t *testing.T) {
	const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmVkLWJ5LXNvbWVib2R5"
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	s.Fault("deactivate", map[string]any{
		"status": 400, "body": "raw",
		"raw": "the stage is locked; Authorization: Bearer opaque-token-0123456789, token=" + jwt,
	})
	id := s.UserID("user@example.com")
	p := b.Submit(b.Get(s.Site + "/users/" + id + "/deactivate"))
	if p.Status != http.StatusBadGateway || !strings.Contains(p.Text(), "Its answer is in this server’s log") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if log := s.Log.String(); !strings.Contains(log, "the stage is locked; Authorization: [token], token=[token]") {
		t.Errorf("the log lacks what the API said: %s", log)
	}
	mustNotLog(s, "opaque-token-0123456789", jwt)
}
