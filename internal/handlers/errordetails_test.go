package handlers_test

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// farSide is text of upstream error answers, which only the operator should read.
const farSide = `<html><h1>500 Internal Server Error</h1><pre>com.example.Secret: NullPointerException at db-7.internal.example:5432
	at org.keycloak.Far.side(Far.java:66) PATH=/opt/far/side password=far-side-secret</pre><script>alert(66)</script></html>`

// inside matches words of internal error messages, ours and those of libraries.
var inside = regexp.MustCompile(`(?i)com\.example|NullPointer|db-7|keycloak\.Far|/opt/far|far-side-secret|alert\(66\)|` +
	`goroutine|\.go:\d|panic|sqlite|no such (table|column)|audit_events|invalid character|jsontext|unmarshal|dial tcp|connection re|EOF|` +
	`context deadline|http2?: |oauth2: |oidc: |invalid_grant|unknown_error|status [45]\d\d`)

func mustTellNothing(b *harness.Browser, what string, p harness.Page) {
	b.T.Helper()
	if found := inside.FindString(p.Body); found != "" {
		b.T.Errorf("%s (%d) tells %q: %s", what, p.Status, found, p.Text())
	}
	for name, values := range p.Header {
		if found := inside.FindString(sealed.ReplaceAllString(strings.Join(values, " "), "")); found != "" {
			b.T.Errorf("%s (%d) tells %q in its header %s", what, p.Status, found, name)
		}
	}
}

// sealed matches the name and value of a pending sign-in's cookie: random letters, in which a short word turns up by
// chance.
var sealed = regexp.MustCompile(`signin-[^;]*`)

// everywhere requests every page that calls the API or the provider, and returns how many answers were errors.
func everywhere(b *harness.Browser, what, id string) (failed int) {
	b.T.Helper()
	seen := func(path string, p harness.Page) {
		b.T.Helper()
		mustTellNothing(b, what+": "+path, p)
		if p.Status >= 500 || strings.Contains(p.Body, "rror") {
			failed++
		}
	}
	for _, path := range []string{"/users?fresh=1", "/users/methods?fresh=1", "/users/" + id, "/users/" + id + "/deactivate", "/users.csv?fresh=1", "/users.json?fresh=1", "/activity", "/sessions", "/invite", "/login", "/readyz"} {
		seen(path, b.NoRedirects().Get(b.Site+path))
	}
	seen("a part", b.NoRedirects().Get(b.Site+"/users?fresh=1&q=x", "HX-Request", "true"))
	for _, path := range []string{"/users/" + id + "/deactivate", "/users/" + id + "/activate", "/sessions/end"} {
		seen("POST "+path, b.NoRedirects().Post(path, url.Values{"key": {what + path}}))
	}
	seen("POST /invite", b.NoRedirects().Post("/invite", url.Values{"email": {"new@example.com"}, "pw": {"auto"}, "key": {what}}))
	return failed
}

func TestSec22_66_ErrorPagesShowNothingOfTheAPIsAnswer(t *testing.T) {
	for name, fault := range map[string]map[string]any{
		"500":              {"status": 500, "body": "raw", "raw": farSide},
		"403":              {"status": 403, "body": "raw", "raw": farSide},
		"404":              {"status": 404, "body": "raw", "raw": farSide},
		"422":              {"status": 422, "body": "raw", "raw": farSide},
		"a wrong 200":      {"body": "raw", "raw": farSide},
		"cut JSON":         {"body": "raw", "raw": `{"users":{"` + farSide},
		"a cut connection": {"body": "reset"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := harness.Start(t, demo.Options{Users: 20})
			b := s.SignedIn(demo.AdminEmail)
			id := s.UserID(demo.PlainEmail)
			for _, endpoint := range []string{"query", "invite", "activate", "deactivate"} {
				s.Fault(endpoint, fault)
			}
			if everywhere(b, "the API fails", id) < 5 {
				t.Error("hardly anything failed")
			}
			if name == "403" {
				return // the log names what the API refuses, and no more
			}
			if log := s.Log.String(); name != "a cut connection" && !strings.Contains(log, "answered with an error") {
				t.Errorf("the operator is told nothing: %s", log)
			}
		})
	}
}

func TestSec22_66_ErrorPagesShowNothingOfTheProvidersAnswer(t *testing.T) {
	for name, fault := range map[string]map[string]any{
		"500":              {"status": 500, "body": "raw", "raw": farSide},
		"an OAuth error":   {"status": 400, "body": "raw", "raw": `{"error":"invalid_grant","error_description":"com.example.Secret at db-7.internal"}`},
		"a wrong 200":      {"body": "raw", "raw": farSide},
		"cut JSON":         {"body": "truncated"},
		"a cut connection": {"body": "reset"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, endpoint := range []string{"discovery", "token", "certs"} {
				s := harness.Start(t, demo.Options{Users: 5})
				s.Fault(endpoint, fault)
				b := s.NewBrowser()
				p := b.Get(s.Site + "/users")
				if endpoint != "discovery" {
					p = b.Submit(p, "username", demo.AdminEmail, "password", demo.Password)
				}
				if p.Status < 400 || p.URL.Host != s.Host() {
					t.Errorf("%s: %d at %s", endpoint, p.Status, p.URL)
				}
				mustTellNothing(b, endpoint, p)
			}
		})
	}
}

func TestSec22_66_ErrorPagesShowNothingOfTheDatabasesError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	s := harness.Start(t, demo.Options{Users: 20}, harness.With("DATABASE_URL", "sqlite:"+file))
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID(demo.PlainEmail)
	for _, table := range []string{"audit_events", "sessions"} {
		if _, err := harness.OpenSQLite(t, file).ExecContext(t.Context(), `ALTER TABLE `+table+` RENAME TO away_`+table); err != nil {
			t.Fatal(err)
		}
		if everywhere(b, "without "+table, id) < 3 {
			t.Errorf("without %s hardly anything failed", table)
		}
	}
	mustTellNothing(b, "signing in", s.NewBrowser().SignIn("/users", demo.AdminEmail))
	mustTellNothing(b, "signing out", b.NoRedirects().Post("/logout", url.Values{}))
	if !strings.Contains(s.Log.String(), "no such table") {
		t.Error("the operator is not told either")
	}
}
