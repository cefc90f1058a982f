package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

// issuerPath is the path of the realm of Wallaroo's own Keycloak, on the API's origin.
const issuerPath = "/auth/realms/master"

// consolePath matches the realm in the URL of a Keycloak admin console.
var consolePath = regexp.MustCompile(`/admin/([^/]+)/console/?$`)

// normalise brings URLs into the form that the rest of the program relies on: no
// slash at the end, and scheme, host and port as in an Origin header. The issuer
// stays unchanged, since it is compared exactly.
func normalise(s *Settings) {
	s.WallarooURL = canonical(s.WallarooURL)
	s.PublicURL = canonical(s.PublicURL)
	s.IdentityConsole = strings.TrimRight(s.IdentityConsole, "/")
	s.OIDCScopes = clean(s.OIDCScopes)
	s.AdminRoles = clean(s.AdminRoles)
	s.ProtectedAccounts = clean(s.ProtectedAccounts)
}

func canonical(text string) string {
	u, problem := webURL(text)
	if problem != "" {
		return text
	}
	u.Host = strings.ToLower(u.Host)
	// "https://host:" is a valid URL, but not an origin as browsers write it.
	if u.Port() == "" || u.Port() == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return strings.TrimRight(u.String(), "/")
}

// Issuer returns the identity provider's issuer: OIDC_ISSUER, or the one of
// Wallaroo's own Keycloak.
func (s Settings) Issuer() string {
	if s.OIDCIssuer != "" {
		return s.OIDCIssuer
	}
	return s.WallarooURL + issuerPath
}

// Instance returns the name of this instance on the pages:
// INSTANCE_NAME, or the host of WALLAROO_URL.
func (s Settings) Instance() string {
	if s.InstanceName != "" {
		return s.InstanceName
	}
	u, err := url.Parse(s.WallarooURL)
	if err != nil {
		return ""
	}
	return u.Host
}

// Origin returns the origin of PUBLIC_URL as browsers write it in the Origin
// header: scheme, host, and the port unless it is the scheme's own.
func (s Settings) Origin() string { return strings.TrimSuffix(s.PublicURL, s.BasePath()) }

// BasePath returns the path of PUBLIC_URL without a slash at its end: "" at
// the root of a host, else such as "/users-admin".
func (s Settings) BasePath() string {
	u, err := url.Parse(s.PublicURL)
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.Path, "/")
}

// HTTPS reports whether PUBLIC_URL is https: always, except on loopback.
func (s Settings) HTTPS() bool { return strings.HasPrefix(s.PublicURL, "https://") }

// SessionSecrets returns the session secrets; the first seals, all open.
func (s Settings) SessionSecrets() []string {
	return clean(strings.Split(string(s.SessionSecret), ","))
}

// ConsoleURL returns the URL of an account in the identity provider's own
// admin console, or "" if neither IDENTITY_CONSOLE_URL is set nor the issuer
// looks like a Keycloak realm. The path prefix of the issuer ("/auth") is kept.
// The form is that of Keycloak's console since version 19:
// <prefix>/admin/<realm>/console/#/<realm>/users/<id>/settings.
func (s Settings) ConsoleURL(userID string) string {
	console := s.console()
	match := consolePath.FindStringSubmatch(console)
	if match == nil || userID == "" {
		return ""
	}
	return fmt.Sprintf("%s/#/%s/users/%s/settings", console, match[1], url.PathEscape(userID))
}

func (s Settings) console() string {
	if s.IdentityConsole != "" {
		return strings.TrimRight(s.IdentityConsole, "/")
	}
	prefix, realm, ok := strings.Cut(strings.TrimRight(s.Issuer(), "/"), "/realms/")
	if !ok || realm == "" || strings.Contains(realm, "/") {
		return ""
	}
	return prefix + "/admin/" + realm + "/console"
}

// apiTimeout is how long the API may still process a change after the request for
// it has been cancelled.
const apiTimeout = 3 * time.Minute

// PageDeadline returns the time limit of a page or an export: that of reading the
// whole list and of one more call.
func (s Settings) PageDeadline() time.Duration { return s.ListTimeout + s.UpstreamTimeout }

// ChangeDeadline returns how long a request that changes an account may take:
// PageDeadline to prepare it, and the same to send it and read the account back.
// No request may take longer.
func (s Settings) ChangeDeadline() time.Duration { return 2 * s.PageDeadline() }

// ChangeOver returns how long after its intent a change has surely ended: at the
// API, too.
func (s Settings) ChangeOver() time.Duration { return s.ChangeDeadline() + apiTimeout }

// UpstreamCAs returns the certificate authorities to trust for the API and the
// identity provider: the system's and those of UPSTREAM_CA_FILE. Without that
// setting it returns nil, which means the system's to crypto/tls.
func (s Settings) UpstreamCAs() (*x509.CertPool, error) {
	if s.UpstreamCAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(s.UpstreamCAFile)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		// A scratch image may have none.
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("it holds no certificate in PEM form")
	}
	return pool, nil
}
