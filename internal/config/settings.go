// Package config reads the server's settings from environment variables into one
// struct, and reports all faults at once. Secrets may come from files and are never
// printed.
package config

import (
	"log/slog"
	"net/netip"
	"time"
)

// Settings has all settings of the server. Each field is set by the environment
// variable in its tag; [Table] describes them. Settings that [Load] returned
// without error are complete and valid.
type Settings struct {
	WallarooURL       string `env:"WALLAROO_URL"`         // origin of the API, no trailing slash
	AllowInsecureHTTP bool   `env:"ALLOW_INSECURE_HTTP"`  // allows http for WALLAROO_URL and OIDC_ISSUER
	UpstreamCAFile    string `env:"UPSTREAM_CA_FILE"`     // PEM, in addition to the system's
	PublicURL         string `env:"PUBLIC_URL"`           // as the browser sees it, no trailing slash
	IdentityConsole   string `env:"IDENTITY_CONSOLE_URL"` // use ConsoleURL
	InstanceName      string `env:"INSTANCE_NAME"`        // use Instance

	OIDCIssuer       string   `env:"OIDC_ISSUER"` // use Issuer
	OIDCClientID     string   `env:"OIDC_CLIENT_ID"`
	OIDCClientSecret Secret   `env:"OIDC_CLIENT_SECRET"` // empty only with OIDCPublicClient
	OIDCPublicClient bool     `env:"OIDC_PUBLIC_CLIENT"`
	OIDCScopes       []string `env:"OIDC_SCOPES" envSeparator:" "`
	AdminRoles       []string `env:"ADMIN_ROLES"` // empty: only the API checks authorization
	RolesClaim       string   `env:"ROLES_CLAIM"` // dotted path in the access token

	SessionSecret Secret        `env:"SESSION_SECRET"` // use SessionSecrets
	SessionIdle   time.Duration `env:"SESSION_IDLE"`
	SessionMax    time.Duration `env:"SESSION_MAX"`
	RefreshMargin time.Duration `env:"REFRESH_MARGIN"`

	DatabaseURL    Secret        `env:"DATABASE_URL"` // may carry a password
	AuditRetention time.Duration `env:"AUDIT_RETENTION"`

	Listen         string         `env:"LISTEN"`
	MetricsListen  string         `env:"METRICS_LISTEN"` // empty: no metrics
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES"`

	SeatLimit         int      `env:"SEAT_LIMIT"` // 0: not known
	ProtectedAccounts []string `env:"PROTECTED_ACCOUNTS"`

	UpstreamTimeout time.Duration `env:"UPSTREAM_TIMEOUT"`
	ListTimeout     time.Duration `env:"LIST_TIMEOUT"`
	ListMaxAge      time.Duration `env:"LIST_MAX_AGE"`

	LogLevel  slog.Level `env:"LOG_LEVEL"`
	LogFormat string     `env:"LOG_FORMAT"` // LogJSON or LogText
}

// Values of LOG_FORMAT.
const (
	LogJSON = "json"
	LogText = "text"
)

// Default returns the settings for an empty environment. Settings without a default
// are empty; [Settings.Validate] reports the required ones.
func Default() Settings {
	return Settings{
		OIDCScopes:        []string{"openid", "profile", "email"},
		AdminRoles:        []string{"admin"},
		RolesClaim:        "realm_access.roles",
		SessionIdle:       30 * time.Minute,
		SessionMax:        12 * time.Hour,
		RefreshMargin:     10 * time.Second,
		DatabaseURL:       "sqlite:wallaroo-user-admin.db",
		AuditRetention:    400 * day,
		Listen:            ":8080",
		MetricsListen:     ":9090",
		ProtectedAccounts: []string{"admin"},
		UpstreamTimeout:   20 * time.Second,
		ListTimeout:       45 * time.Second,
		ListMaxAge:        30 * time.Second,
		LogLevel:          slog.LevelInfo,
		LogFormat:         LogJSON,
	}
}
