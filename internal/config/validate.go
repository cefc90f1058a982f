package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// minSecret is the minimum length of a session secret, in bytes: 32 in base64
	// are 192 bits, 32 in hexadecimal are 128.
	minSecret = 32
	// minDistinct is the minimum number of different characters in a session
	// secret. 32 random hexadecimal digits practically never have fewer than 8.
	minDistinct = 8
)

// Validate returns all faults of the settings as [Faults], or nil. [Load] has
// validated its result; call it for Settings made otherwise.
func (s Settings) Validate() error {
	var faults faultList
	s.validate(&faults)
	return faults.err()
}

func (s Settings) validate(faults *faultList) {
	s.validateURLs(faults)
	s.validateClient(faults)
	s.validateSecrets(faults)
	s.validateListeners(faults)
	s.validateRanges(faults)
	if s.LogFormat != LogJSON && s.LogFormat != LogText {
		faults.add("LOG_FORMAT", "is %s, which is neither json nor text", quoted(s.LogFormat))
	}
	if _, err := s.UpstreamCAs(); err != nil {
		faults.add("UPSTREAM_CA_FILE", "can't be used: %v", err)
	}
}

func (s Settings) validateURLs(faults *faultList) {
	if u, problem := webURL(s.WallarooURL); problem != "" {
		faults.add("WALLAROO_URL", "%s", problem)
	} else if strings.Trim(u.Path, "/") != "" {
		faults.add("WALLAROO_URL", "has a path, and must be an origin: scheme, host and port")
	} else if u.Scheme == "http" && !isLoopback(u) && !s.AllowInsecureHTTP {
		faults.add("WALLAROO_URL", insecure)
	}

	// The issuer derived from a wrong WALLAROO_URL is not a second fault.
	if s.OIDCIssuer != "" {
		if u, problem := webURL(s.OIDCIssuer); problem != "" {
			faults.add("OIDC_ISSUER", "%s", problem)
		} else if u.Scheme == "http" && !isLoopback(u) && !s.AllowInsecureHTTP {
			faults.add("OIDC_ISSUER", insecure)
		}
	}

	if u, problem := webURL(s.PublicURL); problem != "" {
		faults.add("PUBLIC_URL", "%s", problem)
	} else if u.Scheme == "http" && !isLoopback(u) {
		faults.add("PUBLIC_URL", "begins with http, and only loopback (localhost, 127.0.0.1, [::1]) may: session cookies need https")
	} else if !plainPath.MatchString(u.EscapedPath()) {
		faults.add("PUBLIC_URL", "has a path with more than letters, digits, and - . _ ~ between single slashes")
	}

	if s.IdentityConsole != "" {
		if _, problem := webURL(s.IdentityConsole); problem != "" {
			faults.add("IDENTITY_CONSOLE_URL", "%s", problem)
		} else if !consolePath.MatchString(s.IdentityConsole) {
			faults.add("IDENTITY_CONSOLE_URL", "does not end in /admin/REALM/console")
		}
	}
}

const insecure = "begins with http beyond loopback, so tokens would travel in the clear; use https, or set ALLOW_INSECURE_HTTP=true"

// plainPath excludes what proxies and browsers normalize differently: escapes, dot
// segments, empty segments.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?$`)

// webURL parses an absolute http or https URL of only scheme, host, port and path.
// problem is the predicate of a sentence, or "" if the URL is valid. It never
// contains the URL, which may contain a password by mistake.
func webURL(text string) (u *url.URL, problem string) {
	if text == "" {
		return nil, "is missing"
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, "is not a URL"
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, "does not begin with https:// or http://"
	case u.Hostname() == "" || u.Opaque != "":
		return nil, "names no host"
	case u.User != nil:
		return nil, "carries a user name or password, which don't belong there"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(text, "#"):
		return nil, "carries a query or a fragment"
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r > '~' }):
		return nil, "has a host beyond ASCII; write it in its xn-- form"
	case u.Port() != "" && !isPort(u.Port(), 1):
		return nil, "has a port that is not between 1 and 65535"
	}
	return u, ""
}

// isLoopback reports whether the URL's host is localhost or a loopback address.
func isLoopback(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

func (s Settings) validateClient(faults *faultList) {
	if s.OIDCClientID == "" {
		faults.add("OIDC_CLIENT_ID", "is missing")
	}
	switch {
	case s.OIDCClientSecret == "" && !s.OIDCPublicClient:
		faults.add("OIDC_CLIENT_SECRET", "is missing, and OIDC_PUBLIC_CLIENT=true doesn't say that the client has none")
	case s.OIDCClientSecret != "" && s.OIDCPublicClient:
		faults.add("OIDC_CLIENT_SECRET", "is set although OIDC_PUBLIC_CLIENT=true says that the client has none")
	}
	if !slices.Contains(s.OIDCScopes, "openid") {
		faults.add("OIDC_SCOPES", "lacks openid, without which there is no sign-in")
	}
	segments := strings.Split(s.RolesClaim, ".")
	if slices.Contains(segments, "") {
		faults.add("ROLES_CLAIM", "is %s, which is not a dotted path", quoted(s.RolesClaim))
	}
}

func (s Settings) validateSecrets(faults *faultList) {
	secrets := s.SessionSecrets()
	if len(secrets) == 0 {
		faults.add("SESSION_SECRET", "is missing")
	}
	for i, secret := range secrets {
		which := "is"
		if len(secrets) > 1 {
			which = fmt.Sprintf("has a secret, number %d, that is", i+1)
		}
		if len(secret) < minSecret {
			faults.add("SESSION_SECRET", "%s shorter than %d characters", which, minSecret)
		} else if distinctRunes(secret) < minDistinct {
			faults.add("SESSION_SECRET", "%s made of fewer than %d different characters, so it can be guessed", which, minDistinct)
		}
	}
	database := string(s.DatabaseURL)
	file, isSQLite := strings.CutPrefix(database, "sqlite:")
	isPostgres := strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
	if !isPostgres && (!isSQLite || file == "") {
		faults.add("DATABASE_URL", "is neither sqlite:FILE nor a postgres:// URL")
	}
}

func distinctRunes(text string) int {
	seen := make(map[rune]bool)
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}

func (s Settings) validateListeners(faults *faultList) {
	if problem := listenProblem(s.Listen); problem != "" {
		faults.add("LISTEN", "%s", problem)
	}
	if s.MetricsListen == "" {
		return
	}
	if problem := listenProblem(s.MetricsListen); problem != "" {
		faults.add("METRICS_LISTEN", "%s", problem)
	} else if _, port, _ := net.SplitHostPort(s.MetricsListen); s.MetricsListen == s.Listen && port != "0" {
		faults.add("METRICS_LISTEN", "is the same as LISTEN, and metrics don't belong on the public port")
	}
	for _, prefix := range s.TrustedProxies {
		if prefix.Bits() == 0 {
			faults.add("TRUSTED_PROXIES", "names the whole internet, so that anybody could forge an address")
		}
	}
}

func listenProblem(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || !isPort(port, 0) || !isHost(host) {
		return fmt.Sprintf("is %s, which is not an address and port", quoted(address))
	}
	return ""
}

// isHost reports whether text is a host of a listen address: an IP address, a host
// name, or empty.
func isHost(text string) bool {
	if address, err := netip.ParseAddr(text); err == nil {
		text = address.Zone()
	}
	return plainHost.MatchString(text)
}

// plainHost matches a host name or IPv6 zone that a URL can have.
var plainHost = regexp.MustCompile(`^[A-Za-z0-9._-]*$`)

// isPort reports whether text is a decimal number from least to 65535. Package net
// would also accept a sign, which a URL can't have.
func isPort(text string, least uint64) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n >= least
}

func (s Settings) validateRanges(faults *faultList) {
	for _, row := range []struct {
		name            string
		is, least, most time.Duration
	}{
		{"UPSTREAM_TIMEOUT", s.UpstreamTimeout, time.Second, 5 * time.Minute},
		{"LIST_TIMEOUT", s.ListTimeout, time.Second, 10 * time.Minute},
		{"LIST_MAX_AGE", s.ListMaxAge, 0, time.Hour},
		{"SESSION_MAX", s.SessionMax, time.Second, 30 * day},
		{"SESSION_IDLE", s.SessionIdle, time.Second, 30 * day},
		{"REFRESH_MARGIN", s.RefreshMargin, 0, 5 * time.Minute},
		{"AUDIT_RETENTION", s.AuditRetention, day, 3650 * day},
	} {
		if row.is < row.least || row.is > row.most {
			faults.add(row.name, "is %s, which is not between %s and %s",
				formatDuration(row.is), formatDuration(row.least), formatDuration(row.most))
		}
	}
	if s.SessionIdle > s.SessionMax {
		faults.add("SESSION_IDLE", "is %s, which is longer than SESSION_MAX, %s", formatDuration(s.SessionIdle), formatDuration(s.SessionMax))
	}
	if s.SeatLimit < 0 {
		faults.add("SEAT_LIMIT", "is below zero")
	}
}
