// Package handlers serves the pages: every URL with its method, deadline and
// guards is in routes.go, and each page has a file of its own.
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

// Options are what the pages are served with. All but those said to be optional
// are needed.
type Options struct {
	Auth      *auth.RelyingParty
	Directory *directory.Directory
	Changes   *changes.Changes
	Audit     *audit.Log // to read it, and for what changes no account
	Sessions  Sessions
	// SessionIdle and SessionMax are how long a session lives without a request,
	// and at the most.
	SessionIdle, SessionMax time.Duration
	// Base is the path of the public URL, PublicOrigin its scheme and host as a
	// browser writes an origin. Secure says that browsers are to use https only.
	Base         templates.Base
	PublicOrigin string
	Secure       bool
	// Cookies makes the cookies of the site at the public URL.
	Cookies cookies.Site
	// Instance is the name of the Wallaroo instance, WallarooURL its own address.
	Instance, WallarooURL string
	// ClientID is our client in the identity provider; GuideURL, which is
	// optional, leads to docs/identity-provider.md.
	ClientID, GuideURL string
	// Console returns the address of an account in the identity console, or "".
	Console func(id string) string
	// Deadlines are how long the requests of each kind may take.
	Deadlines Deadlines
	// SeatLimit is the licence's limit of active users, 0 if unknown.
	SeatLimit int
	// KeptDays is how long the activity log is kept, in days.
	KeptDays int
	// TrustedProxies are whose X-Forwarded-For is believed; none by default.
	TrustedProxies []netip.Prefix
	// Ready reports why the process should get no requests, or nil.
	Ready func(context.Context) error
	// Degraded names what is out of reach though we are ready; optional.
	Degraded func() []string
	// Observe is told of every request that was answered; route is the pattern
	// that served it, "" for none. Optional.
	Observe func(method, route string, status int, took time.Duration)
	// ExportsAMinute limits the exports of each administrator; 0 means 30.
	ExportsAMinute int
	// Now is the clock; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// site serves the pages.
type site struct {
	Options
	log        *slog.Logger
	lastPage   []byte
	compressed func(http.Handler) http.HandlerFunc
	buffers    sync.Pool // of *bytes.Buffer, for render.go
	zones      zones
}

// New makes the handler of the whole site, at and below o.Base.
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

// renderLastResort makes the page for when no page can be made.
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

// lastResort answers when nothing else can. What a handler had begun to write
// can't be taken back.
func (s *site) lastResort(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write(s.lastPage) // nobody is left to tell
}
