package config_test

import (
	"strings"
	"testing"

	"wallaroo-user-admin/internal/config"
)

// TestSec67_RefusesToStart has each reason for which the server does not start: only the setting at fault is named.
func TestSec67_RefusesToStart(t *testing.T) {
	for _, test := range []struct {
		name    string
		changes map[string]string
		fault   string
	}{
		{"without a client secret", map[string]string{"OIDC_CLIENT_SECRET": "-"}, "OIDC_CLIENT_SECRET"},
		{"without a session secret", map[string]string{"SESSION_SECRET": "-"}, "SESSION_SECRET"},
		{"with a session secret of nothing but commas", map[string]string{"SESSION_SECRET": ", ,"}, "SESSION_SECRET"},
		{"with a short session secret", map[string]string{"SESSION_SECRET": strongSecret[:31]}, "SESSION_SECRET"},
		{"with a session secret of one character", map[string]string{"SESSION_SECRET": strings.Repeat("a", 64)}, "SESSION_SECRET"},
		{"with a session secret of few characters", map[string]string{"SESSION_SECRET": strings.Repeat("abcdefg", 9)}, "SESSION_SECRET"},
		{"with a weak second session secret", map[string]string{"SESSION_SECRET": strongSecret + ",old"}, "SESSION_SECRET"},
		{"with the example as the session secret", map[string]string{"SESSION_SECRET": "changeme"}, "SESSION_SECRET"},
		{"with a secret and a public client", map[string]string{"OIDC_PUBLIC_CLIENT": "true"}, "OIDC_CLIENT_SECRET"},
		{"with a client that is said not to be public, and no secret", map[string]string{"OIDC_PUBLIC_CLIENT": "false", "OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET"},
		{"with an http public URL", map[string]string{"PUBLIC_URL": "http://users.example.com"}, "PUBLIC_URL"},
		{"with an http public URL, whatever else is allowed", map[string]string{"PUBLIC_URL": "http://users.example.com", "ALLOW_INSECURE_HTTP": "true"}, "PUBLIC_URL"},
		{"with an http public URL that only looks like loopback", map[string]string{"PUBLIC_URL": "http://localhost.example.com"}, "PUBLIC_URL"},
		{"with an http public URL on 127.example.com", map[string]string{"PUBLIC_URL": "http://127.0.0.1.example.com"}, "PUBLIC_URL"},
		{"with an http API", map[string]string{"WALLAROO_URL": "http://wallaroo.example.com"}, "WALLAROO_URL"},
		{"with an http issuer", map[string]string{"OIDC_ISSUER": "http://id.example.com/realms/x"}, "OIDC_ISSUER"},
	} {
		t.Run(test.name, func(t *testing.T) {
			faults := faultsOf(t, with(test.changes))
			if len(faults) != 1 || faults[0].Name != test.fault {
				t.Errorf("faults: %v", faults)
			}
		})
	}
}

func TestSec67_StartsWhereHTTPIsSafeOrSaid(t *testing.T) {
	for name, changes := range map[string]map[string]string{
		"loopback by name":      {"PUBLIC_URL": "http://localhost:8080", "WALLAROO_URL": "http://localhost:9000"},
		"loopback by address":   {"PUBLIC_URL": "http://127.0.0.1:8080", "OIDC_ISSUER": "http://[::1]:9000/auth/realms/master"},
		"allowed by a setting":  {"WALLAROO_URL": "http://wallaroo.internal", "ALLOW_INSECURE_HTTP": "true"},
		"a public client, said": {"OIDC_CLIENT_SECRET": "-", "OIDC_PUBLIC_CLIENT": "true"},
		"two strong secrets":    {"SESSION_SECRET": strongSecret + ", " + strings.ToLower(strongSecret)},
	} {
		t.Run(name, func(t *testing.T) { load(t, changes) })
	}
}

func TestLoadRefusesWhatCannotWork(t *testing.T) {
	for _, test := range []struct{ name, setting, value string }{
		{"an API without a scheme", "WALLAROO_URL", "wallaroo.example.com"},
		{"an API over ftp", "WALLAROO_URL", "ftp://wallaroo.example.com"},
		{"an API with a path", "WALLAROO_URL", "https://wallaroo.example.com/v1"},
		{"an API with a query", "WALLAROO_URL", "https://wallaroo.example.com?x=1"},
		{"an API with a bare question mark", "WALLAROO_URL", "https://wallaroo.example.com?"},
		{"an API without a host", "WALLAROO_URL", "https://"},
		{"an API with a port out of range", "WALLAROO_URL", "https://wallaroo.example.com:70000"},
		{"an issuer with a fragment", "OIDC_ISSUER", "https://id.example.com/realms/x#y"},
		{"a public URL with a query", "PUBLIC_URL", "https://users.example.com/?a=b"},
		{"a public URL with an empty fragment", "PUBLIC_URL", "https://users.example.com/#"},
		{"a public URL with dot segments", "PUBLIC_URL", "https://users.example.com/a/../b"},
		{"a public URL with escapes", "PUBLIC_URL", "https://users.example.com/%61dmin"},
		{"a public URL with an empty segment", "PUBLIC_URL", "https://users.example.com/a//b"},
		{"a public URL with a host beyond ASCII", "PUBLIC_URL", "https://bücher.example.com"},
		{"a console that isn't one", "IDENTITY_CONSOLE_URL", "https://id.example.com/console"},
		{"scopes without openid", "OIDC_SCOPES", "profile email"},
		{"a roles claim with a hole", "ROLES_CLAIM", "realm_access..roles"},
		{"roles that name nobody", "ADMIN_ROLES", " , "},
		{"protected accounts that name nobody", "PROTECTED_ACCOUNTS", ","},
		{"an unknown database", "DATABASE_URL", "mysql://localhost/db"},
		{"a database file without a name", "DATABASE_URL", "sqlite:"},
		{"a listen address without a port", "LISTEN", "127.0.0.1"},
		{"a listen port out of range", "LISTEN", ":65536"},
		{"a listen address of two words", "LISTEN", "local host:8080"},
		{"a listen address that is a URL", "METRICS_LISTEN", "[http://localhost]:8080"},
		{"a listen port with a sign", "LISTEN", ":+8080"},
		{"metrics on the public port", "METRICS_LISTEN", ":8080"},
		{"everybody as a proxy", "TRUSTED_PROXIES", "0.0.0.0/0"},
		{"a time-out of zero", "UPSTREAM_TIMEOUT", "0"},
		{"a number without its unit", "UPSTREAM_TIMEOUT", "20"},
		{"a time-out of an hour", "LIST_TIMEOUT", "1h"},
		{"a negative margin", "REFRESH_MARGIN", "-1s"},
		{"idle longer than the session", "SESSION_IDLE", "13h"},
		{"a retention of minutes", "AUDIT_RETENTION", "5m"},
		{"days beyond reason", "AUDIT_RETENTION", "99999d"},
		{"a negative seat limit", "SEAT_LIMIT", "-1"},
		{"a log level of its own", "LOG_LEVEL", "chatty"},
		{"a log format of its own", "LOG_FORMAT", "xml"},
		{"a CA file that isn't there", "UPSTREAM_CA_FILE", "/nonexistent/ca.pem"},
		{"a CA file without a certificate", "UPSTREAM_CA_FILE", "validate_test.go"},
	} {
		t.Run(test.name, func(t *testing.T) {
			faults := faultsOf(t, with(map[string]string{test.setting: test.value}))
			if len(faults) != 1 || faults[0].Name != test.setting {
				t.Errorf("%s=%s gave the faults: %v", test.setting, test.value, faults)
			}
		})
	}
}

func TestValidateChangesNothing(t *testing.T) {
	s := load(t, nil)
	before := s
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	if s.PublicURL != before.PublicURL || s.OIDCIssuer != before.OIDCIssuer {
		t.Error("Validate changed the settings")
	}
	if err := (config.Settings{}).Validate(); err == nil {
		t.Error("settings of nothing are valid")
	}
}
