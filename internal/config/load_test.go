package config_test

import (
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/config"
)

const strongSecret = "Zk3vR8qLw1xTt7uYb2nMs5cHd9fGj4eA"

// good is a complete environment.
func good() map[string]string {
	return map[string]string{
		"WALLAROO_URL":       "https://wallaroo.example.com",
		"PUBLIC_URL":         "https://users.example.com",
		"OIDC_CLIENT_ID":     "user-admin",
		"OIDC_CLIENT_SECRET": "s3cr3t-of-the-client",
		"SESSION_SECRET":     strongSecret,
	}
}

// with returns the complete environment with some variables changed; "-" removes a variable.
func with(changes map[string]string) map[string]string {
	environ := good()
	maps.Copy(environ, changes)
	maps.DeleteFunc(environ, func(_, value string) bool { return value == "-" })
	return environ
}

func load(t *testing.T, changes map[string]string) config.Settings {
	t.Helper()
	s, err := config.Load(with(changes))
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return s
}

func faultsOf(t *testing.T, environ map[string]string) config.Faults {
	t.Helper()
	_, err := config.Load(environ)
	var faults config.Faults
	if err != nil && !errors.As(err, &faults) {
		t.Fatalf("the error is a %T, not config.Faults", err)
	}
	return faults
}

func TestLoadUsesTheDefaults(t *testing.T) {
	s := load(t, nil)
	if s.Listen != ":8080" || s.MetricsListen != ":9090" || s.SessionIdle != 30*time.Minute || s.SessionMax != 12*time.Hour ||
		s.RefreshMargin != 10*time.Second || s.UpstreamTimeout != 20*time.Second || s.ListTimeout != 45*time.Second ||
		s.ListMaxAge != 30*time.Second || s.AuditRetention != 400*24*time.Hour || s.RolesClaim != "realm_access.roles" ||
		string(s.DatabaseURL) != "sqlite:wallaroo-user-admin.db" || s.LogFormat != config.LogJSON || s.LogLevel != slog.LevelInfo {
		t.Errorf("defaults: %+v", s)
	}
	if !slices.Equal(s.AdminRoles, []string{"admin"}) || !slices.Equal(s.ProtectedAccounts, []string{"admin"}) || len(s.TrustedProxies) != 0 {
		t.Errorf("lists: %q %q %v", s.AdminRoles, s.ProtectedAccounts, s.TrustedProxies)
	}
}

func TestLoadReadsEverySetting(t *testing.T) {
	s := load(t, map[string]string{
		"OIDC_SCOPES": " openid  email ", "ADMIN_ROLES": "admin, user admin ,", "ROLES_CLAIM": "roles",
		"TRUSTED_PROXIES": "10.1.2.3/8, 192.168.1.4,fd00::/8", "SEAT_LIMIT": "50", "SESSION_IDLE": "10m", "SESSION_MAX": "2d",
		"REFRESH_MARGIN": "0", "AUDIT_RETENTION": "90d", "LOG_LEVEL": "WARN", "LOG_FORMAT": "text", "LISTEN": "127.0.0.1:0",
		"PROTECTED_ACCOUNTS": "admin,ops@example.com", "INSTANCE_NAME": "production", "DATABASE_URL": "postgres://u:p@localhost/db",
	})
	if !slices.Equal(s.OIDCScopes, []string{"openid", "email"}) || !slices.Equal(s.AdminRoles, []string{"admin", "user admin"}) {
		t.Errorf("scopes %q, roles %q", s.OIDCScopes, s.AdminRoles)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.168.1.4/32"), netip.MustParsePrefix("fd00::/8")}
	if !slices.Equal(s.TrustedProxies, want) {
		t.Errorf("proxies %v, want %v", s.TrustedProxies, want)
	}
	if s.SeatLimit != 50 || s.SessionMax != 48*time.Hour || s.RefreshMargin != 0 || s.AuditRetention != 90*24*time.Hour || s.LogLevel != slog.LevelWarn {
		t.Errorf("got %+v", s)
	}
}

func TestLoadTellsEmptyFromUnset(t *testing.T) {
	s := load(t, map[string]string{"ADMIN_ROLES": "", "PROTECTED_ACCOUNTS": " ", "METRICS_LISTEN": "", "LISTEN": "", "SESSION_IDLE": ""})
	if len(s.AdminRoles) != 0 || len(s.ProtectedAccounts) != 0 || s.MetricsListen != "" {
		t.Errorf("empty means none: %q %q %q", s.AdminRoles, s.ProtectedAccounts, s.MetricsListen)
	}
	if s.Listen != ":8080" || s.SessionIdle != 30*time.Minute {
		t.Errorf("elsewhere empty means the default: %q %v", s.Listen, s.SessionIdle)
	}
}

func TestLoadTellsAllFaultsAtOnce(t *testing.T) {
	faults := faultsOf(t, map[string]string{"SESSION_IDLE": "soon", "LOG_LEVEL": "loud", "OIDC_PUBLIC_CLIENT": "perhaps", "SEAT_LIMIT": "many", "TRUSTED_PROXIES": "here"})
	var names []string
	for _, fault := range faults {
		names = append(names, fault.Name)
		if fault.Problem == "" || fault.Purpose == "" || fault.Example == "" {
			t.Errorf("a fault lacks its problem, purpose or example: %+v", fault)
		}
	}
	want := []string{
		"WALLAROO_URL", "PUBLIC_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "SESSION_SECRET",
		"OIDC_PUBLIC_CLIENT", "SEAT_LIMIT", "TRUSTED_PROXIES", "SESSION_IDLE", "LOG_LEVEL",
	}
	if !slices.Equal(names, want) {
		t.Errorf("faults in %q,\nwant %q", names, want)
	}
	text := faults.Error()
	for _, name := range want {
		if !strings.Contains(text, "\n  "+name+" ") {
			t.Errorf("the text doesn't name %s:\n%s", name, text)
		}
	}
}

func TestLoadReadsSecretsFromFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s := load(t, map[string]string{
		"SESSION_SECRET": "-", "SESSION_SECRET_FILE": file("session", strongSecret+",\n"+strings.ToLower(strongSecret)+"\n"),
		"OIDC_CLIENT_SECRET": "-", "OIDC_CLIENT_SECRET_FILE": file("client", "from the file\r\n"),
		"DATABASE_URL_FILE": file("database", "postgres://u:p@localhost/db\n"),
	})
	if string(s.OIDCClientSecret) != "from the file" || string(s.DatabaseURL) != "postgres://u:p@localhost/db" {
		t.Errorf("got %q and %q", string(s.OIDCClientSecret), string(s.DatabaseURL))
	}
	if got := s.SessionSecrets(); !slices.Equal(got, []string{strongSecret, strings.ToLower(strongSecret)}) {
		t.Errorf("session secrets %q", got)
	}

	for _, test := range []struct{ name, path, want string }{
		{"a file that isn't there", filepath.Join(dir, "none"), "no such file"},
		{"an empty file", file("empty", " \n"), "is empty"},
		{"a huge file", file("huge", strings.Repeat("x", 70<<10)), "larger than"},
		{"a folder", dir, "directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			faults := faultsOf(t, with(map[string]string{"SESSION_SECRET": "-", "SESSION_SECRET_FILE": test.path}))
			if len(faults) != 1 || !strings.Contains(faults[0].Problem, test.want) {
				t.Errorf("faults: %v", faults)
			}
		})
	}
	t.Run("both set", func(t *testing.T) {
		faults := faultsOf(t, with(map[string]string{"SESSION_SECRET_FILE": file("both", strongSecret)}))
		if len(faults) != 1 || !strings.Contains(faults[0].Problem, "both set") {
			t.Errorf("faults: %v", faults)
		}
	})
}
