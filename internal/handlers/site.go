// Package handlers serves the site over HTTP. routes.go lists every URL with
// its method, deadline and middleware; each page has its own file.
package handlers

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/cookies"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/web/templates"
)

// Options are the dependencies and settings of the site. All are required
// unless marked optional.
type Options struct {
	Auth      *auth.RelyingParty
	Directory *directory.Directory
	Changes   *changes.Changes
	Audit     *audit.Log // for reading, and for events that change no account
	Sessions  Sessions
	// SessionIdle and SessionMax limit the time without a request and the total
	// life of a session.
	SessionIdle, SessionMax time.Duration
	// Base is the path of the public URL; PublicOrigin its scheme and host as
	// in an Origin header (RFC 6454). Secure tells browsers to use https only.
	Base         templates.Base
	PublicOrigin string
	Secure       bool
	// Cookies creates the site's cookies, for the public URL.
	Cookies cookies.Site
	// Instance is the name of the Wallaroo instance, WallarooURL the address of
	// its dashboard.
	Instance, WallarooURL string
	// ClientID is this dashboard's client ID at the identity provider; GuideURL
	// is the address of docs/identity-provider.md (optional).
	ClientID, GuideURL string
	// Console returns the address of an account in Keycloak's admin console, or
	// "".
	Console func(id string) string
	// Deadlines are the time limits by kind of request.
	Deadlines Deadlines
	// SeatLimit is the licence's limit of active users, 0 if unknown.
	SeatLimit int
	// KeptDays is the retention of the activity log in days.
	KeptDays int
	// TrustedProxies are the networks whose X-Forwarded-For is trusted; none by
	// default.
	TrustedProxies []netip.Prefix
	// Ready returns why the process should receive no requests, or nil.
	Ready func(context.Context) error
	// Degraded names the unreachable dependencies that do not affect readiness;
	// optional.
	Degraded func() []string
	// Observe is called after each request; route is the matched pattern, ""
	// for none. Optional.
	Observe func(method, route string, status int, took time.Duration)
	// ExportsAMinute limits each administrator's exports per minute; 0 means
	// 30.
	ExportsAMinute int
	// Now is the clock; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// site holds the dependencies of the handlers.
type site struct {
	Options
	log        *slog.Logger
	lastPage   []byte
	compressed func(http.Handler) http.HandlerFunc
	buffers    sync.Pool // of *bytes.Buffer, for render.go
	zones      zones
}

// New returns the handler of the site, mounted at o.Base.
func New(o Options) (http.Handler, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Observe == nil {
		o.Observe = func(string, string, int, time.Duration) {}
	}
	if o.Degraded == nil {
		o.Degraded = func() []string { return nil }
	}
	if o.ExportsAMinute == 0 {
		o.ExportsAMinute = exportsAMinute
	}
	s := &site{Options: o, log: o.Logger, zones: zones{cookies: o.Cookies}}
	if err := s.renderLastResort(); err != nil {
		return nil, err
	}
	compressed, err := gzhttp.NewWrapper(gzhttp.MinSize(1024))
	if err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	s.compressed = compressed
	return s.routes(), nil
}

// renderLastResort renders, at the start, the page for errors while rendering.
func (s *site) renderLastResort() error {
	var b bytes.Buffer
	title, message := plain(http.StatusInternalServerError)
	v := templates.ErrorView{
		Status: http.StatusInternalServerError, Title: title, Message: message,
		Next: []templates.Action{{Text: "Go to users", Href: s.Base.URL("/users"), Primary: true}},
	}
	if err := templates.ErrorPage(templates.Chrome{Base: s.Base, Instance: s.Instance, Cookies: s.Cookies.Name("")}, v).Render(context.Background(), &b); err != nil {
		return fmt.Errorf("the last-resort page: %w", err)
	}
	s.lastPage = b.Bytes()
	return nil
}

// lastResort writes the prerendered error page. Bytes that were already written
// stay.
func (s *site) lastResort(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write(s.lastPage)
}
