package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"wallaroo-user-admin/web/static"
)

// Deadlines are the time limits by kind of request, from when its header was
// read. Calls upstream are cancelled with it.
type Deadlines struct {
	// Page is for pages, and for forms that change no account.
	Page time.Duration
	// Change is for changes of an account: half of it to prepare the change,
	// half to send it and read the account back.
	Change time.Duration
	// Export is for exports of all accounts.
	Export time.Duration
}

// routes returns the router with its middleware. Their order matters: the
// request id first, so that everything below can log it; the log around
// everything that answers; recovery inside it, so that a panic is logged as a
// 500; headers before anything can write; then what rejects a request before a
// handler sees it.
func (s *site) routes() http.Handler {
	root := chi.NewRouter()
	root.Use(withRequestID, s.withClientIP(), s.withLog, s.withRecovery, s.withHeaders, s.withLength, s.withMethods)
	root.NotFound(s.notFound)
	root.MethodNotAllowed(s.wrongMethod)
	base := string(s.Base)
	if base == "" {
		s.table(root)
		return root
	}
	root.Get(base, s.redirectTo("/users"))
	root.Route(base, s.table)
	return root
}

// table registers every route below the base path, grouped by the middleware
// that they share.
func (s *site) table(r chi.Router) {
	r.NotFound(s.notFound)
	r.MethodNotAllowed(s.wrongMethod)
	r.Handle("/static/*", http.StripPrefix(string(s.Base), static.Handler()))

	open := s.kind(r, s.Deadlines.Page)
	open.get("/healthz", s.alive)
	open.get("/readyz", s.ready)
	// Called by the provider, not a browser; authenticated by the logout token.
	open.r.Post("/backchannel-logout", s.backChannelLogout())

	// Public pages.
	compressed := func(next http.Handler) http.Handler { return s.compressed(next) }
	public := s.kind(r, s.Deadlines.Page, s.sameOrigin, compressed)
	public.get("/", s.toUsers)
	public.get("/signed-out", s.signedOut)
	public.post("/logout", s.signOut)
	public.post("/preferences", s.savePreferences)

	// Sign-in routes are limited, since each request costs the provider work.
	signIn := public.with(s.limited(signInsAMinute, byAddress))
	signIn.get("/login", s.signIn)
	signIn.get("/callback", s.callback)

	// Pages for a signed-in administrator.
	signedIn, changesLimit := s.Auth.Require(s.answer), s.limited(changesAMinute, byAdministrator)
	page := public.with(signedIn)
	page.get("/users", s.listUsers)
	page.get("/users/methods", s.signInMethods)
	page.get("/users/{id}", s.showUser)
	page.with(s.fromHere).get("/users/{id}/raw", s.showRaw)
	page.get("/users/{id}/deactivate", s.askDeactivate)
	page.get("/invite", s.showInvite)
	page.get("/activity", s.showActivity)
	page.get("/sessions", s.showSessions)
	page.with(changesLimit).post("/sessions/end", s.endSessions)

	change := s.kind(r, s.Deadlines.Change, s.sameOrigin, compressed, signedIn, changesLimit)
	change.post("/users/{id}/deactivate", s.deactivate)
	change.post("/users/{id}/activate", s.activate)
	change.post("/invite", s.invite)

	// fromHere is before the limit: requests by other sites must not use up the
	// administrator's own.
	export := s.kind(r, s.Deadlines.Export, s.sameOrigin, compressed, signedIn, s.fromHere, s.limited(s.ExportsAMinute, byAdministrator))
	export.get("/users.csv", s.exportCSV)
	export.get("/users.json", s.exportJSON)
}

// kind is a group of routes with a common deadline and middleware.
type kind struct {
	s *site
	r chi.Router
}

func (s *site) kind(r chi.Router, deadline time.Duration, guards ...func(http.Handler) http.Handler) kind {
	return kind{s, r.With(within(deadline)).With(guards...)}
}

// with returns the kind with further middleware, innermost.
func (k kind) with(guards ...func(http.Handler) http.Handler) kind {
	return kind{k.s, k.r.With(guards...)}
}

// get registers a page for GET and HEAD.
func (k kind) get(path string, h handler) {
	k.r.Get(path, k.s.serve(h))
	k.r.Head(path, k.s.serve(h))
}

// post registers the target of a form.
func (k kind) post(path string, h handler) { k.r.Post(path, k.s.serve(h)) }

// within is a middleware that cancels the request's context after limit.
func within(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
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

// notFound answers 404, with the navigation if the request has a session. It
// never asks for sign-in.
func (s *site) notFound(w http.ResponseWriter, r *http.Request) {
	s.answer(w, s.withSession(r), &problem{status: http.StatusNotFound})
}

func (s *site) wrongMethod(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r, &problem{status: http.StatusMethodNotAllowed})
}
