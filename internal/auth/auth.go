// Package auth is the OpenID Connect relying party: it signs an administrator in at the identity provider, keeps
// their tokens in a server-side session, renews them before they end, and ends the session on either side's wish.
//
// A sign-in is the authorization code flow with PKCE, state and nonce. What a callback needs to be verified waits in a
// sealed cookie of its own (pending.go), so strangers who never finish cost no memory. Every token that the provider
// answers is verified in tokens.go before anything is kept. Require guards a route: it puts an [Identity] in the
// context, whose Token is the live access token to send to the API.
package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"wallaroo-user-admin/internal/cookies"
)

// Paths below the path of the public URL that belong to signing in and out. No sign-in ever returns to one of them.
const (
	PathLogin             = "/login"
	PathCallback          = "/callback"
	PathLogout            = "/logout"
	PathSignedOut         = "/signed-out"
	PathBackChannelLogout = "/backchannel-logout"
)

// SessionName is the name by which [Sessions] is asked for the session of a sign-in.
const SessionName = "session"

// Options says which provider to trust, which client we are, and where sessions live.
type Options struct {
	// Issuer is the provider's issuer identifier, compared to the letter with what discovery and tokens say.
	Issuer string
	// ClientID and ClientSecret are what the provider registered. A public client has no secret and says so.
	ClientID     string
	ClientSecret string
	PublicClient bool
	// PublicURL is the site as the browser sees it; it may carry a path. Redirect URIs and the names of cookies are
	// made from it alone, see [cookies.For].
	PublicURL *url.URL
	// Scopes are asked for at sign-in; they must hold "openid". Empty means openid, profile, email.
	Scopes []string
	// AdminRoles lists the roles of which an administrator needs one, compared whole and with case. Empty turns the
	// check off and leaves it to the API.
	AdminRoles []string
	// RolesClaim is the dotted path of the list of roles in the access token. Empty means realm_access.roles.
	RolesClaim string
	// RefreshMargin is how long before its end an access token is renewed, 0 or more. A token that lives for less
	// than twice the margin is renewed at half its life.
	RefreshMargin time.Duration
	// Timeout bounds every call to the provider, body included, the calls of a renewal together, and the wait for another
	// replica that renews, though that takes long enough to see whether it is alive. 0 means 20 seconds.
	Timeout time.Duration
	// Transport carries the calls to the provider (a private CA, say). Nil means [http.DefaultTransport].
	Transport http.RoundTripper
	// Sessions keeps the sessions, under the name [SessionName].
	Sessions Sessions
	// Secrets seal the cookies of pending sign-ins: the first seals, all open. Each has 32 bytes or more.
	Secrets []string
	// OnEvent is told of sign-ins, refusals and sign-outs as they happen, for an audit trail. It may be nil.
	OnEvent func(context.Context, Event)
	// Logger takes the private causes. Nil means [slog.Default].
	Logger *slog.Logger
	// Now is the clock. Nil means [time.Now].
	Now func() time.Time
}

// RelyingParty signs administrators in and out. It is made by [New] and is safe for concurrent use.
type RelyingParty struct {
	provider   *provider
	sessions   Sessions
	pending    *pendingSignIns
	site       site
	adminRoles []string
	rolesClaim string
	margin     time.Duration
	timeout    time.Duration
	pace       pace
	onEvent    func(context.Context, Event)
	log        *slog.Logger
	now        func() time.Time
	flights    flights
}

// New checks the options and makes a relying party. It calls nobody: the provider is discovered when it is first
// needed, and again after a failure. The error joins all faults of the options.
func New(o Options) (*RelyingParty, error) {
	o.fillDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	place := newSite(o.PublicURL)
	pending, err := newPendingSignIns(o.Secrets, cookies.For(o.PublicURL), o.Now)
	if err != nil {
		return nil, err
	}
	return &RelyingParty{
		provider:   newProvider(o, place),
		sessions:   o.Sessions,
		pending:    pending,
		site:       place,
		adminRoles: slices.Clone(o.AdminRoles),
		rolesClaim: o.RolesClaim,
		margin:     o.RefreshMargin,
		timeout:    o.Timeout,
		pace:       usualPace,
		onEvent:    o.OnEvent,
		log:        o.Logger,
		now:        o.Now,
	}, nil
}

func (o *Options) fillDefaults() {
	if len(o.Scopes) == 0 {
		o.Scopes = []string{"openid", "profile", "email"}
	}
	if o.RolesClaim == "" {
		o.RolesClaim = "realm_access.roles"
	}
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.OnEvent == nil {
		o.OnEvent = func(context.Context, Event) {}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

func (o *Options) validate() error {
	var faults []error
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf("auth: "+format, args...))
		}
	}
	fault(!isWebURL(o.Issuer), "issuer %q is not an http or https URL", o.Issuer)
	fault(o.ClientID == "", "client id is missing")
	fault(o.ClientSecret == "" && !o.PublicClient, "client secret is missing and the client is not said to be public")
	fault(o.PublicURL == nil || !isWebURL(o.PublicURL.String()), "public URL is not an http or https URL")
	fault(!slices.Contains(o.Scopes, "openid"), "scopes lack openid")
	fault(o.RefreshMargin < 0, "refresh margin is negative")
	fault(o.Timeout < 0, "timeout is negative")
	fault(o.Sessions == nil, "no session store")
	fault(len(o.Secrets) == 0, "no secret to seal cookies with")
	for i, s := range o.Secrets {
		fault(len(s) < 32, "secret %d is shorter than 32 bytes", i+1)
	}
	return errors.Join(faults...)
}

// isWebURL reports whether s is an absolute http or https URL without credentials, query or fragment trickery.
func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && u.Fragment == "" &&
		!strings.ContainsAny(s, " \t\r\n\\")
}

// Drain waits until no renewal of tokens is under way, or ctx ends. Call it after the HTTP server has shut down: a
// renewal outlives the request that asked for it, so that a rotated refresh token is never lost.
func (rp *RelyingParty) Drain(ctx context.Context) error {
	return rp.flights.wait(ctx)
}
