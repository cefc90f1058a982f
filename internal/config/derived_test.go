package config_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/config"
)

func TestPublicURLIsReadAsABrowserWritesIt(t *testing.T) {
	for _, test := range []struct{ given, public, origin, base string }{
		{"https://users.example.com", "https://users.example.com", "https://users.example.com", ""},
		{"https://users.example.com/", "https://users.example.com", "https://users.example.com", ""},
		{"https://Users.Example.com:443/Admin/", "https://users.example.com/Admin", "https://users.example.com", "/Admin"},
		{"https://users.example.com:", "https://users.example.com", "https://users.example.com", ""},
		{"https://users.example.com:8443/a/b", "https://users.example.com:8443/a/b", "https://users.example.com:8443", "/a/b"},
		{"http://127.0.0.1:80", "http://127.0.0.1", "http://127.0.0.1", ""},
		{"http://[::1]:8080", "http://[::1]:8080", "http://[::1]:8080", ""},
	} {
		t.Run(test.given, func(t *testing.T) {
			s := load(t, map[string]string{"PUBLIC_URL": test.given})
			if s.PublicURL != test.public || s.Origin() != test.origin || s.BasePath() != test.base {
				t.Errorf("got %q, origin %q, base path %q", s.PublicURL, s.Origin(), s.BasePath())
			}
			if s.HTTPS() != strings.HasPrefix(test.public, "https:") {
				t.Errorf("HTTPS() is %v", s.HTTPS())
			}
		})
	}
}

func TestTheIssuerAndItsConsole(t *testing.T) {
	for _, test := range []struct{ name, issuer, setting, wantIssuer, wantConsole string }{
		{"by default it is Wallaroo's own", "", "", "https://wallaroo.example.com/auth/realms/master", "https://wallaroo.example.com/auth/admin/master/console/#/master/users/7a%2F1/settings"},
		{"without the prefix", "https://id.example.com/realms/prod", "", "https://id.example.com/realms/prod", "https://id.example.com/admin/prod/console/#/prod/users/7a%2F1/settings"},
		{"its slash at the end is kept", "https://id.example.com/auth/realms/prod/", "", "https://id.example.com/auth/realms/prod/", "https://id.example.com/auth/admin/prod/console/#/prod/users/7a%2F1/settings"},
		{"no Keycloak, no console", "https://accounts.example.com", "", "https://accounts.example.com", ""},
		{"a console of its own", "", "https://console.example.com/auth/admin/ops/console/", "https://wallaroo.example.com/auth/realms/master", "https://console.example.com/auth/admin/ops/console/#/ops/users/7a%2F1/settings"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := load(t, map[string]string{"OIDC_ISSUER": test.issuer, "IDENTITY_CONSOLE_URL": test.setting})
			if s.Issuer() != test.wantIssuer {
				t.Errorf("issuer %q", s.Issuer())
			}
			if got := s.ConsoleURL("7a/1"); got != test.wantConsole {
				t.Errorf("console %q, want %q", got, test.wantConsole)
			}
			if got := s.ConsoleURL(""); got != "" {
				t.Errorf("a console for nobody: %q", got)
			}
		})
	}
}

func TestTheInstanceIsNamedByItsHost(t *testing.T) {
	if got := load(t, map[string]string{"WALLAROO_URL": "https://W.example.com:8443/"}).Instance(); got != "w.example.com:8443" {
		t.Errorf("got %q", got)
	}
	if got := load(t, map[string]string{"INSTANCE_NAME": "production"}).Instance(); got != "production" {
		t.Errorf("got %q", got)
	}
}

func TestUpstreamCAs(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	pool, err := load(t, map[string]string{"UPSTREAM_CA_FILE": path}).UpstreamCAs()
	if err != nil || pool == nil {
		t.Fatalf("pool %v, %v", pool, err)
	}
	if pool, err := load(t, nil).UpstreamCAs(); pool != nil || err != nil {
		t.Errorf("without the setting: %v, %v", pool, err)
	}
}

// TestSec67_SecretsAreNeverShown prints the settings in every format, provokes every error, and looks for the
// secrets.
func TestSec67_SecretsAreNeverShown(t *testing.T) {
	secrets := map[string]string{
		"OIDC_CLIENT_SECRET": "hush-client", "SESSION_SECRET": strongSecret, "DATABASE_URL": "postgres://u:hush-db@localhost/db",
	}
	s := load(t, secrets)
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("settings", "settings", s, "one", s.SessionSecret)
	slog.New(slog.NewTextHandler(&out, nil)).Info("settings", "settings", s)
	fmt.Fprintf(&out, "%v %+v %#v %s %q %x %d", s, s, s, s.SessionSecret, s.SessionSecret, s.DatabaseURL, s.OIDCClientSecret)
	encoded, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)

	// A secret that is wrong, or in a place where none belongs.
	for _, changes := range []map[string]string{
		{"SESSION_SECRET": "hush-client"},
		{"DATABASE_URL": "mysql://u:hush-db@localhost/db"},
		{"OIDC_PUBLIC_CLIENT": "true", "OIDC_CLIENT_SECRET": "hush-client"},
		{"WALLAROO_URL": "https://u:hush-client@wallaroo.example.com"},
		{"OIDC_ISSUER": "https://u:hush-client@wallaroo.example.com:port"},
		{"SESSION_SECRET": strongSecret, "SESSION_SECRET_FILE": "/dev/null"},
	} {
		_, err := config.Load(with(changes))
		if err == nil {
			t.Fatalf("%v is no fault", changes)
		}
		fmt.Fprintf(&out, "%v %+v %#v", err, err, err)
	}
	for _, hush := range []string{"hush-client", "hush-db", strongSecret, fmt.Sprintf("%x", "hush-db")} {
		if strings.Contains(out.String(), hush) {
			t.Errorf("%s is shown", hush)
		}
	}
	if !strings.Contains(out.String(), `"WALLAROO_URL":"https://wallaroo.example.com"`) {
		t.Error("the log doesn't show what is no secret")
	}
}

func TestTheTableIsTheStruct(t *testing.T) {
	var inTable, inStruct []string
	for _, row := range config.Table() {
		inTable = append(inTable, row.Name)
		if row.Purpose == "" || row.Example == "" || strings.HasSuffix(row.Purpose, ".") {
			t.Errorf("%s lacks a purpose or an example, or ends in a full stop", row.Name)
		}
		if (row.Default == "") != row.Required {
			t.Errorf("%s: default %q, required %v", row.Name, row.Default, row.Required)
		}
	}
	for field := range reflect.TypeFor[config.Settings]().Fields() {
		inStruct = append(inStruct, field.Tag.Get("env"))
	}
	slices.Sort(inTable)
	slices.Sort(inStruct)
	if !slices.Equal(inTable, inStruct) {
		t.Errorf("table  %q\nstruct %q", inTable, inStruct)
	}
}

func TestTheTableShowsDefaultsAsWritten(t *testing.T) {
	want := map[string]string{
		"SESSION_IDLE": "30m", "AUDIT_RETENTION": "400d", "OIDC_SCOPES": "openid profile email", "ADMIN_ROLES": "admin",
		"DATABASE_URL": "sqlite:wallaroo-user-admin.db", "OIDC_ISSUER": "$WALLAROO_URL/auth/realms/master", "LOG_LEVEL": "info",
	}
	for _, row := range config.Table() {
		if text, ok := want[row.Name]; ok && row.Default != text {
			t.Errorf("%s: default %q, want %q", row.Name, row.Default, text)
		}
	}
}

// Every default that the table shows as a value can be set as that value.
func TestDefaultsCanBeWrittenOut(t *testing.T) {
	environ := good()
	for _, row := range config.Table() {
		words := map[string]bool{"OIDC_ISSUER": true, "INSTANCE_NAME": true, "IDENTITY_CONSOLE_URL": true, "SEAT_LIMIT": true, "TRUSTED_PROXIES": true, "UPSTREAM_CA_FILE": true}
		if !row.Required && !words[row.Name] {
			environ[row.Name] = row.Default
		}
	}
	written, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	if unset := load(t, nil); !reflect.DeepEqual(written, unset) {
		t.Errorf("written out %+v,\nunset %+v", written, unset)
	}
}

func TestFaultsAreFoundByName(t *testing.T) {
	_, err := config.Load(nil)
	var faults config.Faults
	if !errors.As(err, &faults) || !faults.Has("PUBLIC_URL") || faults.Has("LISTEN") {
		t.Errorf("got %v", err)
	}
}
