// Package app joins the parts into the server: settings in, a running site out.
// It is the one place that names every package, and holds no logic of its own.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/cookies"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/handlers"
	"wallaroo-user-admin/internal/session"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/wallaroo"
	"wallaroo-user-admin/web/templates"
)

// Options are what a caller of Run may choose beside the settings.
type Options struct {
	// Logger takes the log; nil means slog.Default.
	Logger *slog.Logger
	// Listener is served instead of listening on Settings.Listen. Run closes it.
	Listener net.Listener
	// Guide is the address of docs/identity-provider.md, empty to only name it.
	Guide string
	// ExportsAMinute limits each administrator's exports; 0 means as usual. A
	// benchmark asks more often than people.
	ExportsAMinute int
}

// databaseWait is how long a start waits for a PostgreSQL that comes up later.
const databaseWait = time.Minute

// Run serves the site until ctx ends, then drains: no new requests, those under
// way end, and so do the reads and token renewals that outlive a request. The
// error is nil after an orderly end.
func Run(ctx context.Context, settings config.Settings, o Options) (err error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	db, err := store.Open(ctx, string(settings.DatabaseURL), store.Options{Logger: o.Logger, Wait: databaseWait})
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := build(settings, db, o)
	if err != nil {
		return err
	}
	return p.serve(ctx, settings, o)
}

// parts are what lives as long as the server.
type parts struct {
	site       http.Handler
	directory  *directory.Directory
	auth       *auth.RelyingParty
	sessions   *session.Store
	audit      *audit.Log
	comparer   *changes.Comparer
	reconciler *changes.Reconciler
	changes    *changes.Changes
	metrics    *metrics
	draining   *flag
	transport  *http.Transport
	// api and provider are the transport, watched apart.
	api, provider *upstream
}

func build(settings config.Settings, db *store.DB, o Options) (*parts, error) {
	p := &parts{draining: &flag{}, metrics: newMetrics()}
	var err error
	if p.transport, err = transport(settings); err != nil {
		return nil, err
	}
	p.api, p.provider = p.metrics.watched("the users API", p.transport), p.metrics.watched("the identity provider", p.transport)
	public, err := url.Parse(settings.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("PUBLIC_URL: %w", err)
	}
	if p.sessions, err = newSessions(settings, db, cookies.For(public), o.Logger); err != nil {
		return nil, err
	}
	if p.audit, err = audit.New(db.DB, audit.Options{Logger: o.Logger, LongestChange: settings.ChangeOver()}); err != nil {
		return nil, err
	}
	p.comparer = changes.NewComparer(db.DB, p.audit, settings.ChangeOver(), o.Logger)
	if p.reconciler, err = changes.NewReconciler(p.audit, settings.ChangeOver(), o.Logger); err != nil {
		return nil, err
	}
	api, err := newAPI(settings, p)
	if err != nil {
		return nil, err
	}
	p.directory = newDirectory(settings, p, api, o.Logger)
	if p.changes, err = changes.New(changes.Options{
		Client: api, Directory: p.directory, Log: p.audit, Protected: settings.ProtectedAccounts, Logger: o.Logger,
	}); err != nil {
		return nil, err
	}
	if p.auth, err = newAuth(settings, p, public, o.Logger); err != nil {
		return nil, err
	}
	p.site, err = handlers.New(handlers.Options{
		Auth: p.auth, Directory: p.directory, Changes: p.changes, Audit: p.audit,
		Sessions: ownSessions{p.sessions}, SessionIdle: settings.SessionIdle, SessionMax: settings.SessionMax,
		Base: templates.Base(settings.BasePath()), PublicOrigin: settings.Origin(), Secure: settings.HTTPS(),
		Cookies:  cookies.For(public),
		Instance: settings.Instance(), WallarooURL: settings.WallarooURL, ClientID: settings.OIDCClientID, GuideURL: o.Guide,
		Deadlines: handlers.Deadlines{Page: settings.PageDeadline(), Change: settings.ChangeDeadline(), Export: settings.PageDeadline()},
		Console:   settings.ConsoleURL, SeatLimit: settings.SeatLimit, KeptDays: int(settings.AuditRetention.Hours() / 24),
		TrustedProxies: settings.TrustedProxies, Ready: p.ready(db), Degraded: p.degraded, Observe: p.metrics.observe, Logger: o.Logger,
		ExportsAMinute: o.ExportsAMinute,
	})
	return p, err
}

func newSessions(settings config.Settings, db *store.DB, site cookies.Site, log *slog.Logger) (*session.Store, error) {
	return session.New(db.DB, session.Options{
		Secrets: settings.SessionSecrets(), Idle: settings.SessionIdle, Max: settings.SessionMax, Cookies: site,
		SubjectKey: auth.KeySubject, ProviderSessionKey: auth.KeyProviderSession, Logger: log,
	})
}

func newAuth(settings config.Settings, p *parts, public *url.URL, log *slog.Logger) (*auth.RelyingParty, error) {
	return auth.New(auth.Options{
		Issuer: settings.Issuer(), ClientID: settings.OIDCClientID, ClientSecret: string(settings.OIDCClientSecret),
		PublicClient: settings.OIDCPublicClient, PublicURL: public, Scopes: settings.OIDCScopes,
		AdminRoles: settings.AdminRoles, RolesClaim: settings.RolesClaim, RefreshMargin: settings.RefreshMargin,
		Timeout: settings.UpstreamTimeout, Transport: p.provider,
		Sessions: p.sessions, Secrets: settings.SessionSecrets(),
		OnEvent: onSignIn(p.audit, p.directory, log), Logger: log,
	})
}

func newAPI(settings config.Settings, p *parts) (*wallaroo.Client, error) {
	origin, err := url.Parse(settings.WallarooURL)
	if err != nil {
		return nil, fmt.Errorf("WALLAROO_URL: %w", err)
	}
	return wallaroo.New(wallaroo.Options{
		Origin: origin, Transport: p.api, Timeout: settings.UpstreamTimeout, ListTimeout: settings.ListTimeout,
	}), nil
}

func newDirectory(settings config.Settings, p *parts, api *wallaroo.Client, log *slog.Logger) *directory.Directory {
	return directory.New(api, directory.Options{
		MaxAge: settings.ListMaxAge, Changed: p.reconciler.ChangedSince, ListRead: p.reconciler.ListRead,
		AccountRead: p.reconciler.AccountRead, Observe: p.comparer.UsersRead, Logger: log,
	})
}

// transport makes the connections to the API and to the identity provider.
func transport(settings config.Settings) (*http.Transport, error) {
	cas, err := settings.UpstreamCAs()
	if err != nil {
		return nil, fmt.Errorf("UPSTREAM_CA_FILE: %w", err)
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: cas, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    5 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}, nil
}
