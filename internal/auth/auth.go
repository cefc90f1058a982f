// Package auth is the OpenID Connect relying party: it signs an administrator in at the identity provider, keeps
// their tokens in a server-side session, renews the tokens before they expire, and ends the session at sign-out or by
// back-channel logout.
//
// A sign-in is the authorization code flow with PKCE, state and nonce. What a callback needs to be verified waits in a
// sealed cookie of its own (pending.go), so a sign-in that is never finished costs no memory. Every token that the provider
// returns is verified in tokens.go before anything is kept. Require guards a route: it puts an [Identity] in the
// context, whose Token method returns a valid access token for the API.
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

// Options configures a [RelyingParty]: the provider, our client registration, and the session store.
type Options struct {
	// Issuer is the provider's issuer identifier, compared byte by byte with that of discovery and of tokens.
	Issuer string
	// ClientID and ClientSecret are our registration at the provider. PublicClient declares a client without a secret.
	ClientID     string
	ClientSecret string
	PublicClient bool
	// PublicURL is the site as the browser sees it; it may carry a path. Redirect URIs and the names of cookies are
	// made from it alone, see [cookies.For].
	PublicURL *url.URL
	// Scopes are requested at sign-in; they must include "openid". Empty means openid, profile, email.
	Scopes []string
	// AdminRoles lists the roles of which an administrator needs at least one, compared exactly. Empty turns the check
	// off and leaves authorization to the API.
	AdminRoles []string
	// RolesClaim is the dotted path of the list of roles in the access token. Empty means realm_access.roles.
	RolesClaim string
	// RefreshMargin is how long before its expiry an access token is renewed, 0 or more. A token that lives for less
	// than twice the margin is renewed at half its lifetime.
	RefreshMargin time.Duration
	// Timeout bounds every call to the provider including the response body, all calls of one renewal together, and the
	// wait for another replica's renewal (which is longer if needed to detect that the replica is dead). 0 means 20
	// seconds.
	Timeout time.Duration
	// Transport carries the calls to the provider (a private CA, say). Nil means [http.DefaultTransport].
	Transport http.RoundTripper
	// Sessions keeps the sessions, under the name [SessionName].
	Sessions Sessions
	// Secrets encrypt the cookies of pending sign-ins: the first encrypts, all decrypt. Each has at least 32 bytes.
	Secrets []string
	// OnEvent is called for sign-ins, refused sign-ins and sign-outs, for an audit trail. It may be nil.
	OnEvent func(context.Context, Event)
	// Logger receives events and the causes of errors. Nil means [slog.Default].
	Logger *slog.Logger
	// Now is the clock. Nil means [time.Now].
	Now func() time.Time
}

// RelyingParty signs administrators in and out. Create it with [New]. It is safe for concurrent use.
type RelyingParty struct {
	provider   *provider
	sessions   Sessions
	pending    *pendingSignIns
	site       site
	adminRoles []string
	rolesClaim string
	margin     time.Duration
	timeout    time.Duration
	leases     leaseTiming
	onEvent    func(context.Context, Event)
	log        *slog.Logger
	now        func() time.Time
	renewals   renewalGroup
}

// New validates the options and returns a relying party. It makes no network call: discovery runs when the provider is
// first needed, and again after a failure. The error joins all faults of the options.
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
		leases:     defaultLeaseTiming,
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

// isWebURL reports whether s is an absolute http or https URL without credentials, fragment, white space or backslashes.
func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && u.Fragment == "" &&
		!strings.ContainsAny(s, " \t\r\n\\")
}

// Drain waits until no token renewal is running, or returns the error of ctx. Call it after the HTTP server has shut
// down: a renewal outlives its request, so that a rotated refresh token is never lost.
func (rp *RelyingParty) Drain(ctx context.Context) error {
	return rp.renewals.wait(ctx)
}
