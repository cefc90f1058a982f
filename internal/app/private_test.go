package app_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

// farSide is what a far side says when it fails, and nobody but the operator should read.
const farSide = `<html><h1>500 Internal Server Error</h1><pre>com.example.Secret: NullPointerException at db-7.internal.example:5432
	at org.keycloak.Far.side(Far.java:66) PATH=/opt/far/side password=far-side-secret</pre><script>alert(66)</script></html>`

// inside is what errors of ours and of the libraries are made of.
var inside = regexp.MustCompile(`(?i)com\.example|NullPointer|db-7|keycloak\.Far|/opt/far|far-side-secret|alert\(66\)|` +
	`goroutine|\.go:\d|panic|sqlite|no such (table|column)|audit_events|invalid character|jsontext|unmarshal|dial tcp|connection re|EOF|` +
	`context deadline|http2?: |oauth2: |oidc: |invalid_grant|unknown_error|status [45]\d\d`)

func (b *browser) mustTellNothing(what string, p page) {
	b.t.Helper()
	if found := inside.FindString(p.body); found != "" {
		b.t.Errorf("%s (%d) tells %q: %s", what, p.status, found, p.text())
	}
	for name, values := range p.header {
		if found := inside.FindString(strings.Join(values, " ")); found != "" {
			b.t.Errorf("%s (%d) tells %q in its header %s", what, p.status, found, name)
		}
	}
}

// everywhere asks for all that asks the API or the provider, and gives how many answers were failures.
func (b *browser) everywhere(what, id string) (failed int) {
	b.t.Helper()
	seen := func(path string, p page) {
		b.t.Helper()
		b.mustTellNothing(what+": "+path, p)
		if p.status >= 500 || strings.Contains(p.body, "rror") {
			failed++
		}
	}
	for _, path := range []string{"/users?fresh=1", "/users/methods?fresh=1", "/users/" + id, "/users/" + id + "/deactivate", "/users.csv?fresh=1", "/users.json?fresh=1", "/activity", "/sessions", "/invite", "/login", "/readyz"} {
		seen(path, b.once().get(b.site+path))
	}
	seen("a part", b.once().get(b.site+"/users?fresh=1&q=x", "HX-Request", "true"))
	for _, path := range []string{"/users/" + id + "/deactivate", "/users/" + id + "/activate", "/sessions/end"} {
		seen("POST "+path, b.once().post(path, url.Values{"key": {what + path}}))
	}
	seen("POST /invite", b.once().post("/invite", url.Values{"email": {"new@example.com"}, "pw": {"auto"}, "key": {what}}))
	return failed
}

func TestSec22_66_WhatFailsTellsNothingOfTheFarSide(t *testing.T) {
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
			s := start(t, demo.Options{Users: 20})
			b := s.signedIn(demo.AdminEmail)
			id := s.userID(demo.PlainEmail)
			for _, endpoint := range []string{"query", "invite", "activate", "deactivate"} {
				f := map[string]any{"endpoint": endpoint}
				for k, v := range fault {
					f[k] = v
				}
				s.control(http.MethodPost, "faults", f)
			}
			if b.everywhere("the API fails", id) < 5 {
				t.Error("hardly anything failed")
			}
			if name == "403" {
				return // the log names what the API refuses, and no more
			}
			if log := s.log.String(); name != "a cut connection" && !strings.Contains(log, "answered with an error") {
				t.Errorf("the operator is told nothing: %s", log)
			}
		})
	}
}

func TestSec22_66_WhatTheProviderFailsWithIsNotToldToWhoSignsIn(t *testing.T) {
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
				s := start(t, demo.Options{Users: 5})
				fault["endpoint"] = endpoint
				s.control(http.MethodPost, "faults", fault)
				b := s.browser()
				p := b.get(s.site + "/users")
				if endpoint != "discovery" {
					p = b.submit(p, "username", demo.AdminEmail, "password", demo.Password)
				}
				if p.status < 400 || p.url.Host != s.host() {
					t.Errorf("%s: %d at %s", endpoint, p.status, p.url)
				}
				b.mustTellNothing(endpoint, p)
			}
		})
	}
}

func TestSec22_66_WhatTheDatabaseFailsWithIsNotShown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	s := start(t, demo.Options{Users: 20}, with("DATABASE_URL", "sqlite:"+file))
	b := s.signedIn(demo.AdminEmail)
	id := s.userID(demo.PlainEmail)
	for _, table := range []string{"audit_events", "sessions"} {
		if _, err := openFile(t, file).ExecContext(t.Context(), `ALTER TABLE `+table+` RENAME TO away_`+table); err != nil {
			t.Fatal(err)
		}
		if b.everywhere("without "+table, id) < 3 {
			t.Errorf("without %s hardly anything failed", table)
		}
	}
	b.mustTellNothing("signing in", s.browser().signIn("/users", demo.AdminEmail))
	b.mustTellNothing("signing out", b.once().post("/logout", url.Values{}))
	if !strings.Contains(s.log.String(), "no such table") {
		t.Error("the operator is not told either")
	}
}
