package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

// mustNotLog fails for each of these texts that the server's log has.
func (s *stack) mustNotLog(secrets ...string) {
	s.t.Helper()
	log := s.log.String()
	for _, secret := range secrets {
		if at := strings.Index(log, secret); at >= 0 {
			s.t.Errorf("the log has %q: …%s", secret, log[max(0, at-200):at+len(secret)])
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
			s := start(t, demo.Options{Users: 5})
			b := s.signedIn(demo.AdminEmail)
			fault["endpoint"], fault["body"] = "invite", "raw"
			s.control(http.MethodPost, "faults", fault)
			p := b.post("/invite", url.Values{"key": {"k"}, "email": {"new@example.com"}, "pw": {"set"}, "password": {chosen}})
			if p.status < 400 || strings.Contains(p.body, token) || strings.Contains(p.body, chosen) {
				t.Errorf("%d %s", p.status, p.text())
			}
			if p.status == http.StatusUnprocessableEntity && !strings.Contains(p.text(), "Its answer is not kept, as it may hold the password.") {
				t.Errorf("the page promises what is not so: %s", p.text())
			}
			if log := s.log.String(); !strings.Contains(log, "users/invite: ") || !strings.Contains(log, "bytes of") {
				t.Errorf("the log doesn't tell of it: %s", log)
			}
			s.mustNotLog(chosen, token, "47114711")
		})
	}
}

func TestSec65_ATokenInTheAnswerToAChangeIsNotLogged(t *testing.T) {
	const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmVkLWJ5LXNvbWVib2R5"
	s := start(t, demo.Options{Users: 5})
	b := s.signedIn(demo.AdminEmail)
	s.control(http.MethodPost, "faults", map[string]any{
		"endpoint": "deactivate", "status": 400, "body": "raw",
		"raw": "the stage is locked; Authorization: Bearer opaque-token-0123456789, token=" + jwt,
	})
	id := s.userID("user@example.com")
	p := b.submit(b.get(s.site + "/users/" + id + "/deactivate"))
	if p.status != http.StatusBadGateway || !strings.Contains(p.text(), "Its answer is in this server’s log") {
		t.Errorf("%d %s", p.status, p.text())
	}
	if log := s.log.String(); !strings.Contains(log, "the stage is locked; Authorization: [token], token=[token]") {
		t.Errorf("the log lacks what the API said: %s", log)
	}
	s.mustNotLog("opaque-token-0123456789", jwt)
}
