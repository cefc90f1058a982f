package config_test

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/config"
)

// FuzzLoad sets one or two settings to arbitrary values. An error names the setting and contains no secret; accepted
// settings satisfy the rules of the table.
func FuzzLoad(f *testing.F) {
	names := config.Names()
	at := func(name string) uint8 { return uint8(slices.Index(names, name)) }
	for name, values := range map[string][]string{
		"WALLAROO_URL":            {"http://127.0.0.1:9000/", "HTTPS://Wallaroo.Example.com:443", "http://example.com", "https://u:hush-hush-hush@h", "https://h:+80", "https://[::1%25lo]", "https://h:", "//h", "https://h\x00"},
		"PUBLIC_URL":              {"https://users.example.com/a/", "http://localhost.", "http://[::ffff:127.0.0.1]/x", "https://h/%2e%2e", "https://h/.a", "https://h:080", "https://.", "https://a b"},
		"OIDC_ISSUER":             {"https://id.example.com/realms/x/", "http://id.example.com", "http://LOCALHOST:1", "https://id.example.com?x", "https://id.example.com#"},
		"IDENTITY_CONSOLE_URL":    {"https://id.example.com/admin/x/console/", "https://h/admin//console", "javascript:/admin/x/console", "https://h/admin/x/console//"},
		"LISTEN":                  {":8080", ":+80", "[::1]:0", "::1:80", ":9090", "a:b", "localhost:http", ":-0", ":\u0668\u0660", "h:65536"},
		"METRICS_LISTEN":          {"", ":8080", ":0", "127.0.0.1:9090"},
		"ROLES_CLAIM":             {"a.b", ".", "a..b", "a.\n", " a "},
		"DATABASE_URL":            {"sqlite:x", "sqlite:", "postgres://u:hush-hush-hush@h/d", "postgresql://", "mysql://u:hush-hush-hush@h/d", "host=h password=hush-hush-hush"},
		"DATABASE_URL_FILE":       {"postgres://u:hush-hush-hush@h/d\n", "", "mysql://u:hush-hush-hush@h"},
		"SESSION_SECRET":          {"hush-hush-hush", strongSecret + ", " + strongSecret, strongSecret + ",hush", ","},
		"SESSION_SECRET_FILE":     {strongSecret + "\n", "hush-hush-hush", "\n"},
		"OIDC_CLIENT_SECRET":      {"hush-hush-hush", ""},
		"OIDC_CLIENT_SECRET_FILE": {"hush-hush-hush\n"},
		"OIDC_PUBLIC_CLIENT":      {"true", "yes", "TRUE"},
		"OIDC_SCOPES":             {"openid", "profile", " openid\temail "},
		"SEAT_LIMIT":              {"50", "-1", "+5", "0x10", "9999999999999999999", "1e3"},
		"TRUSTED_PROXIES":         {"10.0.0.0/8", "::/0", "0.0.0.0/0", "::ffff:0.0.0.0/96", "10.1.1.1/33", "fe80::1%eth0", "::ffff:10.0.0.1"},
		"SESSION_IDLE":            {"1s", "30d", "-1s", "65535d", "1e9h", "0.5s", "1h30m"},
		"AUDIT_RETENTION":         {"1d", "3650d", "3651d"},
		"UPSTREAM_CA_FILE":        {"", "no certificate"},
		"ADMIN_ROLES":             {"", ",", "a,,b"},
		"PROTECTED_ACCOUNTS":      {"", ",", "a,,b"},
		"LOG_LEVEL":               {"warn", "INFO+4", "debug-1", "loud\nforged=line"},
		"LOG_FORMAT":              {"text", "JSON"},
		"INSTANCE_NAME":           {"production", "\xff", "a\nb"},
	} {
		for _, value := range values {
			f.Add(at(name), value, at("ALLOW_INSECURE_HTTP"), "")
			f.Add(at(name), value, at("ALLOW_INSECURE_HTTP"), "true")
			f.Add(at(name), value, at("OIDC_PUBLIC_CLIENT"), "true")
		}
	}
	f.Add(at("LISTEN"), ":1", at("METRICS_LISTEN"), ":1")
	f.Add(at("SESSION_IDLE"), "2d", at("SESSION_MAX"), "1d")
	f.Add(at("SESSION_SECRET"), strongSecret, at("SESSION_SECRET_FILE"), strongSecret)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, one uint8, value string, other uint8, value2 string) {
		given := map[string]string{names[int(one)%len(names)]: value}
		given[names[int(other)%len(names)]] = value2
		environ := good()
		for name, value := range given {
			if strings.HasSuffix(name, "_FILE") && value != "" {
				value = fileOf(t, dir, name, value)
			}
			// The environment of a process can't hold such a byte.
			environ[name] = strings.ReplaceAll(value, "\x00", "")
		}
		s, err := config.Load(environ)
		if err != nil {
			checkFaults(t, err, given)
			return
		}
		checkURLs(t, s)
		checkListeners(t, s)
		checkRest(t, s)
		if err := s.Validate(); err != nil {
			t.Errorf("%q: loaded but not valid: %v", given, err)
		}
	})
}

// fileOf writes a file for a setting that names one.
func fileOf(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkFaults checks that each error is about a setting that was given, or one that conflicts with it, and contains
// no secret.
func checkFaults(t *testing.T, err error, given map[string]string) {
	t.Helper()
	var faults config.Faults
	if !errors.As(err, &faults) || len(faults) == 0 {
		t.Fatalf("%q: the error is a %T", given, err)
	}
	follows := map[string][]string{
		"OIDC_PUBLIC_CLIENT": {"OIDC_CLIENT_SECRET"}, "SESSION_MAX": {"SESSION_IDLE"}, "LISTEN": {"METRICS_LISTEN"},
	}
	for _, fault := range faults {
		blamed := false
		for name := range given {
			name = strings.TrimSuffix(name, "_FILE")
			blamed = blamed || fault.Name == name || slices.Contains(follows[name], fault.Name) || fault.Name == name+"_FILE"
		}
		if !blamed || fault.Purpose == "" || fault.Example == "" || strings.ContainsAny(fault.Problem, "\r\n") {
			t.Errorf("%q: the fault is %+v", given, fault)
		}
	}
	checkSilence(t, err.Error(), given)
}

// checkSilence checks that no error contains a secret, or the password within a URL.
func checkSilence(t *testing.T, text string, given map[string]string) {
	t.Helper()
	public := examples() // and what isn't secret may be told
	var hushed []string
	for name, value := range given {
		switch value = strings.TrimSpace(value); {
		case !mayBeSecret(name):
			public += value + strconv.Quote(value)
		case len(value) > 8: // shorter ones are in the sentences themselves
			hushed = append(hushed, value)
		}
	}
	for _, secret := range append(hushed, "hush-hush", strongSecret, good()["OIDC_CLIENT_SECRET"]) {
		if strings.Contains(text, secret) && !strings.Contains(public, secret) {
			t.Errorf("%q tells %s", given, text)
		}
	}
}

// mayBeSecret reports whether a setting, or the file that it names, may hold a secret.
func mayBeSecret(name string) bool {
	for _, row := range config.Table() {
		if row.Secret && strings.TrimSuffix(name, "_FILE") == row.Name {
			return true
		}
	}
	return strings.HasSuffix(name, "_URL")
}

// examples are words that an error may contain by itself.
func examples() string {
	var b strings.Builder
	for _, row := range config.Table() {
		b.WriteString(row.Name + row.Purpose + row.Example + "\n")
	}
	return b.String()
}

// checkURLs checks that URLs over which tokens are sent are https, or loopback if that is allowed, and have nothing
// but an address in them.
func checkURLs(t *testing.T, s config.Settings) {
	t.Helper()
	for name, text := range map[string]string{"WALLAROO_URL": s.WallarooURL, "PUBLIC_URL": s.PublicURL, "OIDC_ISSUER": s.Issuer(), "IDENTITY_CONSOLE_URL": s.ConsoleURL("u")} {
		if text == "" && name == "IDENTITY_CONSOLE_URL" {
			continue
		}
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
			t.Errorf("%s is %q: %v", name, text, err)
			continue
		}
		local := strings.EqualFold(u.Hostname(), "localhost") || isLoopbackAddress(u.Hostname())
		allowed := s.AllowInsecureHTTP && name != "PUBLIC_URL" || name == "IDENTITY_CONSOLE_URL"
		if u.Scheme == "http" && !local && !allowed {
			t.Errorf("%s is %q, without TLS", name, text)
		}
		if port := u.Port(); port != "" && !isPort(port, 1) {
			t.Errorf("%s is %q, with the port %q", name, text, port)
		}
	}
	if strings.HasSuffix(s.PublicURL, "/") || s.Origin()+s.BasePath() != s.PublicURL || strings.Contains(s.BasePath(), "..") {
		t.Errorf("PUBLIC_URL became %q: origin %q, base path %q", s.PublicURL, s.Origin(), s.BasePath())
	}
	if s.HTTPS() != strings.HasPrefix(s.PublicURL, "https:") {
		t.Errorf("%q: Secure is %t", s.PublicURL, s.HTTPS())
	}
}

func isLoopbackAddress(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

// isPort accepts only digits, without a sign, as browsers do in URLs.
func isPort(text string, least int) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && int(n) >= least
}

func checkListeners(t *testing.T, s config.Settings) {
	t.Helper()
	for name, address := range map[string]string{"LISTEN": s.Listen, "METRICS_LISTEN": s.MetricsListen} {
		if address == "" && name == "METRICS_LISTEN" {
			continue
		}
		if _, port, err := net.SplitHostPort(address); err != nil || !isPort(port, 0) {
			t.Errorf("%s is %q: port %q, %v", name, address, port, err)
		}
	}
	if s.Listen == s.MetricsListen && !strings.HasSuffix(s.Listen, "0") {
		t.Errorf("metrics are on the public port %q", s.Listen)
	}
	for _, p := range s.TrustedProxies {
		if !p.IsValid() || p.Bits() == 0 || p != p.Masked() {
			t.Errorf("%v is trusted", p)
		}
	}
}

func checkRest(t *testing.T, s config.Settings) {
	t.Helper()
	if s.SessionIdle < time.Second || s.SessionIdle > s.SessionMax || s.SessionMax > 30*24*time.Hour || s.AuditRetention < 24*time.Hour || s.SeatLimit < 0 {
		t.Errorf("limits: %v, %v, %v, %d", s.SessionIdle, s.SessionMax, s.AuditRetention, s.SeatLimit)
	}
	for _, secret := range s.SessionSecrets() {
		if len(secret) < 32 {
			t.Errorf("%q is a session secret", secret)
		}
	}
	if len(s.SessionSecrets()) == 0 || (s.OIDCClientSecret == "") != s.OIDCPublicClient || s.OIDCClientID == "" || !slices.Contains(s.OIDCScopes, "openid") {
		t.Errorf("the client is %q, public %t, scopes %q", s.OIDCClientID, s.OIDCPublicClient, s.OIDCScopes)
	}
	database := string(s.DatabaseURL)
	if !strings.HasPrefix(database, "sqlite:") && !strings.HasPrefix(database, "postgres://") && !strings.HasPrefix(database, "postgresql://") || database == "sqlite:" {
		t.Errorf("the database is %q", database)
	}
	if strings.HasPrefix(s.RolesClaim, ".") || strings.HasSuffix(s.RolesClaim, ".") || strings.Contains(s.RolesClaim, "..") || s.RolesClaim == "" {
		t.Errorf("roles are at %q", s.RolesClaim)
	}
	for _, list := range [][]string{s.AdminRoles, s.ProtectedAccounts, s.OIDCScopes} {
		if slices.ContainsFunc(list, func(one string) bool { return strings.TrimSpace(one) != one || one == "" }) {
			t.Errorf("a list is %q", list)
		}
	}
	if s.LogFormat != config.LogJSON && s.LogFormat != config.LogText {
		t.Errorf("the log's format is %q", s.LogFormat)
	}
}
