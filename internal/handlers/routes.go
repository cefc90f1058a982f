// Package handlers serves the pages: every URL with its method and guard is in
// routes.go, and each page has a file of its own.
package handlers

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/klauspost/compress/gzhttp"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/web/static"
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
	// browser writes an origin. Secure marks cookies for https only.
	Base         templates.Base
	PublicOrigin string
	Secure       bool
	// Instance is the name of the Wallaroo instance, WallarooURL its own address.
	Instance, WallarooURL string
	// ClientID is our client in the identity provider; GuideURL, which is
	// optional, leads to docs/identity-provider.md.
	ClientID, GuideURL string
	// Console gives the address of an account in the identity console, or "".
	Console func(id string) string
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
	s := &site{Options: o, log: o.Logger}
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

// routes is the table of URLs. The chain's order: an id first, so that all
// below can log it; the log around everything that answers; recovery inside it,
// so that a panic is logged as the 500 that it became; headers before anything
// can write; then what refuses a request before a handler sees it.
func (s *site) routes() http.Handler {
	root := chi.NewRouter()
	root.Use(withRequestID, s.withClientIP(), s.withLog, s.withRecovery, s.withHeaders, s.withLength, s.withMethods)
	root.NotFound(s.notFound)
	root.MethodNotAllowed(s.wrongMethod)
	base := string(s.Base)
	if base == "" {
		s.public(root)
		return root
	}
	root.Get(base, s.redirectTo("/users"))
	root.Route(base, s.public)
	return root
}

// public are the routes open to everybody, and below them the guarded ones.
func (s *site) public(r chi.Router) {
	r.NotFound(s.notFound)
	r.MethodNotAllowed(s.wrongMethod)
	s.get(r, "/healthz", s.alive)
	s.get(r, "/readyz", s.ready)
	r.Handle("/static/*", http.StripPrefix(string(s.Base), static.Handler()))
	// The provider calls it, not a browser; its token is its proof.
	r.Post("/backchannel-logout", s.backChannelLogout())
	r.Group(func(r chi.Router) {
		r.Use(s.sameOrigin, func(next http.Handler) http.Handler { return s.compressed(next) })
		s.get(r, "/", s.toUsers)
		r.Group(s.signInRoutes)
		s.get(r, "/signed-out", s.signedOut)
		r.Post("/logout", s.serve(s.signOut))
		r.Post("/preferences", s.serve(s.savePreferences))
		r.Group(func(r chi.Router) {
			r.Use(s.Auth.Require(s.answer), onlyChanges(s.limited(changesAMinute, byAdministrator)))
			s.guarded(r)
		})
	})
}

// guarded are the routes for a signed-in administrator.
func (s *site) guarded(r chi.Router) {
	s.get(r, "/users", s.listUsers)
	r.Group(s.exportRoutes)
	s.get(r, "/users/methods", s.signInMethods)
	s.get(r, "/users/{id}", s.showUser)
	s.get(r, "/users/{id}/deactivate", s.askDeactivate)
	r.Post("/users/{id}/deactivate", s.serve(s.deactivate))
	r.Post("/users/{id}/activate", s.serve(s.activate))
	s.get(r, "/invite", s.showInvite)
	r.Post("/invite", s.serve(s.invite))
	s.get(r, "/activity", s.showActivity)
	s.get(r, "/sessions", s.showSessions)
	r.Post("/sessions/end", s.serve(s.endSessions))
}

// exportRoutes are the files with everybody in them. What is refused as another
// site's doesn't count: it must not use up the administrator's own.
func (s *site) exportRoutes(r chi.Router) {
	r.Use(s.fromHere, s.limited(s.ExportsAMinute, byAdministrator))
	s.get(r, "/users.csv", s.exportCSV)
	s.get(r, "/users.json", s.exportJSON)
}

// get registers a page for GET and HEAD.
func (s *site) get(r chi.Router, path string, h handler) {
	r.Get(path, s.serve(h))
	r.Head(path, s.serve(h))
}

func (s *site) toUsers(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, s.Base.URL("/users"), http.StatusSeeOther)
	return nil
}

func (s *site) redirectTo(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.Base.URL(path), http.StatusSeeOther)
	}
}

// notFound keeps the navigation for whoever is signed in. Nobody is asked to
// sign in for a page that isn't there.
func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	answer := func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, &problem{status: http.StatusNotFound}) }
	stranger := func(w http.ResponseWriter, r *http.Request, _ error) { answer(w, r) }
	s.Auth.Require(stranger)(http.HandlerFunc(answer)).ServeHTTP(w, r)
}

func (s *site) wrongMethod(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, &problem{status: http.StatusMethodNotAllowed})
}

// renderLastResort makes the page for when no page can be made.
func (s *site) renderLastResort() error {
	var b bytes.Buffer
	title, message := plain(http.StatusInternalServerError)
	v := templates.ErrorView{
		Status: http.StatusInternalServerError, Title: title, Message: message,
		Next: []templates.Action{{Text: "Go to users", Href: s.Base.URL("/users"), Primary: true}},
	}
	if err := templates.ErrorPage(templates.Chrome{Base: s.Base, Instance: s.Instance}, v).Render(context.Background(), &b); err != nil {
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

// localPath gives a path with its query if it stays on this site, as a browser
// reads it, else the list's. Dot segments, encoded ones too, could climb out of
// the base path, those of a fragment as well, which http.Redirect takes for a
// part of the path; net/url refuses control characters.
func (s *site) localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, `\#`) ||
		slices.ContainsFunc(strings.Split(u.Path, "/"), func(part string) bool { return part == "." || part == ".." }) {
		return "/users"
	}
	return path
}
