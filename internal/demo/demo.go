// Package demo stands in for a Wallaroo installation in the demo and in tests: an OpenID provider that behaves like
// Wallaroo's Keycloak, a stand-in for Wallaroo's users API, and controls that put both into any state. All three are
// served by one http.Handler and share one set of invented accounts.
//
// The provider is github.com/zitadel/oidc with storage in memory; the stand-in writes its own JSON types. The package
// imports nothing else of this project, so that client and stand-in can't share a mistake. It is not part of the
// shipped server.
//
// The controls under /control/ are described in README.md beside this file and at their handlers.
package demo

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Defaults for fields of Options that are left at zero.
const (
	DefaultUsers    = 200
	DefaultTokenTTL = 60 * time.Second
	DefaultClientID = "wallaroo-user-admin"
)

// NoUsers as Options.Users makes the API list no accounts; those that sign in still exist at the provider.
const NoUsers = -1

// MaxUsers is the largest number of accounts that can be seeded.
const MaxUsers = 100_000

// Password is the password of every seeded account.
const Password = "demo"

// Accounts that are the same on every start.
const (
	AdminEmail       = "admin@example.com"                    // an administrator
	AdminID          = "0e9c4cf3-1f2b-4f6e-9d53-6b1f0a5d0001" // that account's id
	PlainEmail       = "user@example.com"                     // signs in, but is no administrator
	SecondAdminEmail = "second.admin@example.com"             // another administrator
	BuiltInAdmin     = "admin"                                // the built-in account: no email, no names
)

// realmPath is the path of Wallaroo's realm at Keycloak.
const realmPath = "/auth/realms/master"

// Options configure a Demo.
type Options struct {
	// Origin is the stand-in's public origin, such as http://127.0.0.1:8081. The embedded provider's issuer is
	// Origin + "/auth/realms/master". Required.
	Origin string
	// PublicURL of the dashboard that signs in here. It determines the registered redirect URI (PublicURL + "/callback"),
	// post-logout redirect URI ("/signed-out") and back-channel logout URL ("/backchannel-logout").
	PublicURL string
	// ExtraPublicURLs are those of further dashboards with the same client, such as replicas.
	ExtraPublicURLs []string
	// ClientID of the dashboard; DefaultClientID when empty.
	ClientID string
	// ClientSecret of the dashboard, accepted as client_secret_basic and client_secret_post. Empty means a public client.
	ClientSecret string
	// Users is the number of accounts that the API lists, up to MaxUsers; 0 means DefaultUsers, NoUsers none.
	Users int
	// Seats is how many accounts may be active at once; 0 is no limit. Seeded accounts stay active beyond it.
	Seats int
	// TokenTTL is the lifetime of access and ID tokens, in whole seconds; DefaultTokenTTL when 0.
	TokenTTL time.Duration
	// Issuer of a real provider. When set, no provider is embedded and the API trusts that issuer's tokens.
	Issuer string
	// Now is the clock for account times (created, last sign-in) and the request log; time.Now when nil. Tokens always
	// use the real clock, since the library that issues them does.
	Now func() time.Time
	// Logger receives internal errors; slog.Default() when nil.
	Logger *slog.Logger
}

// Demo is one stand-in with its own accounts, sessions, keys and faults.
type Demo struct {
	start    size
	users    *directory
	provider *provider // nil when Options.Issuer names a real one
	faults   *faultBox
	requests *requestLog
	handler  http.Handler
}

// size has the settings that a reset restores.
type size struct {
	users, seats int
	ttl          time.Duration
}

// New builds a stand-in and seeds its accounts. It returns an error when an origin, URL or number in o is invalid.
func New(o Options) (*Demo, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	d := &Demo{
		start:    size{o.Users, o.Seats, o.TokenTTL},
		users:    newDirectory(o.Now, o.Seats),
		faults:   &faultBox{},
		requests: newRequestLog(o.Now),
	}
	d.users.seed(o.Users)

	bearers := remoteBearers(o.Issuer)
	if o.Issuer == "" {
		p, err := newProvider(o, d.users)
		if err != nil {
			return nil, err
		}
		d.provider, bearers, d.faults.deny = p, p.bearers(), p.deny
	}
	d.handler = d.routes(&api{users: d.users, bearers: bearers})
	return d, nil
}

// Handler returns the handler of the provider, the API and the controls. It is meant for loopback only.
func (d *Demo) Handler() http.Handler { return d.handler }

// Close drops the connections that back-channel logout keeps open. The handler must not be used afterwards.
func (d *Demo) Close() {
	if d.provider != nil {
		d.provider.backchannel.CloseIdleConnections()
	}
}

func (d *Demo) routes(a *api) http.Handler {
	watched := http.NewServeMux()
	watched.Handle("/v1/api/", a.routes())
	if d.provider != nil {
		watched.Handle(realmPath+"/", http.StripPrefix(realmPath, d.provider.routes()))
	}

	mux := http.NewServeMux()
	// Controls sit outside faults and log, so that a test can always reach them.
	mux.Handle("/control/", http.NewCrossOriginProtection().Handler(d.controls()))
	mux.Handle("GET /auth/resources/demo.css", serveStyle())
	mux.Handle("GET /auth/admin/", messageHandler(http.StatusOK, message{
		Title: "Identity console",
		Text:  "In a real installation this link opens Keycloak's administration console. The demo has none.",
	}))
	mux.Handle("GET /{$}", messageHandler(http.StatusOK, message{
		Title: "Stand-in for Wallaroo",
		Text:  "Here are a demo identity provider and a users API for the dashboard to talk to. The dashboard is elsewhere.",
	}))
	mux.Handle("/", d.requests.record(d.faults.inject(watched)))
	return mux
}

// complete fills in defaults and returns an error for an invalid option.
func (o *Options) complete() error {
	o.Origin = strings.TrimRight(o.Origin, "/")
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if err := checkOrigin(o.Origin); err != nil {
		return fmt.Errorf("demo: origin %q: %w", o.Origin, err)
	}
	if o.ClientID == "" {
		o.ClientID = DefaultClientID
	}
	if o.TokenTTL == 0 {
		o.TokenTTL = DefaultTokenTTL
	}
	if o.TokenTTL < time.Second {
		return fmt.Errorf("demo: tokens must live for a second or more, not %s", o.TokenTTL)
	}
	switch o.Users {
	case 0:
		o.Users = DefaultUsers
	case NoUsers:
		o.Users = 0
	}
	if err := checkUsers(o.Users); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if o.Seats < 0 {
		return fmt.Errorf("demo: %d seats can't be", o.Seats)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return nil
}

func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil {
		return err
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Path != "" {
		return errors.New("want scheme://host[:port]")
	}
	return nil
}

func checkUsers(n int) error {
	if n < 0 || n > MaxUsers {
		return fmt.Errorf("%d users can't be: want 0 to %d", n, MaxUsers)
	}
	return nil
}

// randomText returns n random bytes, encoded to be safe in URLs, headers and forms.
func randomText(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	for i := range b {
		b[i] = letters[b[i]&63]
	}
	return string(b)
}
