package config

import (
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Setting is one row of the table of settings in the README.
type Setting struct {
	Name     string // environment variable
	Default  string // as written in the environment; empty if there is none
	Purpose  string // for the README and errors, without a full stop
	Example  string // a value, or how to make one
	Required bool   // the server does not start without it
	Secret   bool   // may also be given as Name_FILE, the path of a file that holds it
}

// Table returns all settings in the order of the README, whose table is tested
// against it. Defaults are those of [Default].
func Table() []Setting {
	table := rows()
	defaults := values(Default())
	for i := range table {
		if table[i].Default == "" {
			table[i].Default = defaults[table[i].Name]
		}
	}
	return table
}

// Names returns all environment variables that [Load] reads, including the _FILE
// variants of secrets.
func Names() []string {
	var names []string
	for _, row := range rows() {
		names = append(names, row.Name)
		if row.Secret {
			names = append(names, row.Name+fileSuffix)
		}
	}
	return names
}

// rows returns the table without the defaults that [Default] has.
func rows() []Setting {
	return []Setting{
		{Name: "WALLAROO_URL", Required: true, Purpose: "Origin of the Wallaroo API", Example: "https://wallaroo.example.com"},
		{Name: "PUBLIC_URL", Required: true, Purpose: "Address of this dashboard as the browser sees it; may carry a path; https unless its host is loopback", Example: "https://users.example.com"},
		{Name: "OIDC_CLIENT_ID", Required: true, Purpose: "The client that the identity provider knows this dashboard by", Example: "user-admin"},
		{Name: "OIDC_CLIENT_SECRET", Required: true, Secret: true, Purpose: "The client's secret; not needed with OIDC_PUBLIC_CLIENT=true", Example: "the value on the client's Credentials tab in Keycloak"},
		{Name: "SESSION_SECRET", Required: true, Secret: true, Purpose: "Seals sessions; at least 32 random characters; several, comma separated, to rotate: the first seals, all open", Example: "the output of: openssl rand -base64 32"},
		{Name: "OIDC_PUBLIC_CLIENT", Default: "false", Purpose: "true if the client has no secret", Example: "true"},
		{Name: "OIDC_ISSUER", Default: "$WALLAROO_URL" + issuerPath, Purpose: "Issuer of the identity provider, to the letter", Example: "https://wallaroo.example.com/auth/realms/master"},
		{Name: "OIDC_SCOPES", Purpose: "Scopes asked for at sign-in, separated by spaces", Example: "openid profile email"},
		{Name: "ADMIN_ROLES", Purpose: "Roles that may use the dashboard, comma separated; set but empty: the API alone decides", Example: "admin,user-admin"},
		{Name: "ROLES_CLAIM", Purpose: "Where the access token carries the roles, as a dotted path", Example: "realm_access.roles"},
		{Name: "DATABASE_URL", Secret: true, Purpose: "Where sessions and activity are kept: sqlite:FILE, or postgres://… for several replicas", Example: "postgres://useradmin@db.example.com/useradmin"},
		{Name: "LISTEN", Purpose: "Address and port to serve on", Example: ":8080"},
		{Name: "METRICS_LISTEN", Purpose: "Address and port of /metrics, apart from the public port; set but empty: none", Example: ":9090"},
		{Name: "INSTANCE_NAME", Default: "host of WALLAROO_URL", Purpose: "Name of the instance, shown on every page", Example: "production"},
		{Name: "IDENTITY_CONSOLE_URL", Default: "from the issuer", Purpose: "The identity provider's own admin console, linked from each account", Example: "https://wallaroo.example.com/auth/admin/master/console"},
		{Name: "SEAT_LIMIT", Default: "not known", Purpose: "Number of active users that the licence allows", Example: "50"},
		{Name: "PROTECTED_ACCOUNTS", Purpose: "User names or emails that can't be deactivated here, comma separated", Example: "admin,ops@example.com"},
		{Name: "TRUSTED_PROXIES", Default: "none", Purpose: "Networks whose X-Forwarded-For is believed, comma separated", Example: "10.0.0.0/8,192.168.1.4"},
		{Name: "UPSTREAM_CA_FILE", Default: "the system's", Purpose: "PEM file of further certificate authorities for the API and the identity provider", Example: "/etc/ssl/private-ca.pem"},
		{Name: "UPSTREAM_TIMEOUT", Purpose: "Longest wait for one call to the API or the identity provider", Example: "20s"},
		{Name: "LIST_TIMEOUT", Purpose: "Longest wait for the full list of users", Example: "45s"},
		{Name: "LIST_MAX_AGE", Purpose: "Age up to which a list is shown without reading it again", Example: "30s"},
		{Name: "SESSION_IDLE", Purpose: "A session ends after this long without a request", Example: "30m"},
		{Name: "SESSION_MAX", Purpose: "A session ends this long after sign-in, whatever happens", Example: "12h"},
		{Name: "REFRESH_MARGIN", Purpose: "An access token that expires within this time is renewed first", Example: "10s"},
		{Name: "AUDIT_RETENTION", Purpose: "Activity older than this is deleted, and a list kept to tell what changes outside", Example: "400d"},
		{Name: "ALLOW_INSECURE_HTTP", Default: "false", Purpose: "true allows http for WALLAROO_URL and OIDC_ISSUER beyond loopback; tokens then travel in the clear", Example: "true"},
		{Name: "LOG_LEVEL", Purpose: "debug, info, warn or error", Example: "info"},
		{Name: "LOG_FORMAT", Purpose: "json or text", Example: "json"},
	}
}

func lookup(name string) (Setting, bool) {
	for _, row := range rows() {
		if row.Name == name {
			return row, true
		}
	}
	return Setting{}, false
}

// values returns each setting by variable, as written in the environment, except
// that secrets other than the default are "[set]".
func values(s Settings) map[string]string {
	v, defaults := reflect.ValueOf(s), reflect.ValueOf(Default())
	out := make(map[string]string, v.NumField())
	for i := range v.NumField() {
		field := v.Type().Field(i)
		text := formatValue(v.Field(i).Interface(), field.Tag.Get("envSeparator"))
		if secret, ok := v.Field(i).Interface().(Secret); ok && secret != "" && secret == defaults.Field(i).Interface() {
			text = string(secret)
		}
		out[field.Tag.Get("env")] = text
	}
	return out
}

func formatValue(value any, separator string) string {
	if separator == "" {
		separator = ","
	}
	switch value := value.(type) {
	case Secret:
		if value == "" {
			return ""
		}
		return value.String()
	case time.Duration:
		return formatDuration(value)
	case slog.Level:
		return strings.ToLower(value.String())
	case []string:
		return strings.Join(value, separator)
	case []netip.Prefix:
		parts := make([]string, len(value))
		for i, prefix := range value {
			parts[i] = prefix.String()
		}
		return strings.Join(parts, separator)
	case bool:
		return strconv.FormatBool(value)
	case int:
		if value == 0 {
			return ""
		}
		return strconv.Itoa(value)
	default:
		return fmt.Sprint(value)
	}
}

// LogValue implements [slog.LogValuer]: a group of all settings by variable, of
// secrets only whether they are set.
func (s Settings) LogValue() slog.Value {
	all := values(s)
	attrs := make([]slog.Attr, 0, len(all))
	for _, row := range rows() {
		attrs = append(attrs, slog.String(row.Name, all[row.Name]))
	}
	return slog.GroupValue(attrs...)
}
