package handlers

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/wallaroo"
	"wallaroo-user-admin/web/templates"
)

// handler serves one route. site.answer turns the error it returns into a
// response; no other code writes error responses.
type handler func(w http.ResponseWriter, r *http.Request) error

// serve adapts a handler to http.HandlerFunc.
func (s *site) serve(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.answer(w, r, err)
		}
	}
}

// answer writes an error as a page, or as a fragment for an htmx request. An
// expired session leads to sign-in instead, as a full page load in either case.
func (s *site) answer(w http.ResponseWriter, r *http.Request, err error) {
	var failed error
	if ended := r.Context().Err(); ended != nil && !errors.Is(ended, context.DeadlineExceeded) && errors.Is(err, ended) {
		return // the client has disconnected
	}
	// The deadline may have passed, or pass meanwhile: rendering the error page
	// must not fail because of it.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	switch {
	case auth.KindOf(err) == auth.SignInNeeded, tokenRefused(err) && s.workedBefore(r):
		failed = s.signInAgain(w, r, err)
	case auth.KindOf(err) == auth.NotAdministrator:
		failed = s.notAdministrator(w, r, err)
	case auth.KindOf(err) == auth.SignInRefused, auth.KindOf(err) == auth.ProviderError:
		failed = s.signInFailed(w, r, err)
	case s.lacksMappers(r, err):
		failed = s.mappers(w, r, err)
	default:
		failed = s.fault(w, r, problemOf(err))
	}
	if failed != nil {
		s.log.Error("an error page failed", slog.String("request_id", requestID(r.Context())), slog.Any("error", failed))
		s.lastResort(w)
	}
}

// fault writes a problem as a page or a fragment.
func (s *site) fault(w http.ResponseWriter, r *http.Request, p *problem) error {
	s.logCause(r, p.status, p.cause)
	if p.title == "" {
		p.title, p.message = plain(p.status)
	}
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	v := templates.ErrorView{
		Status: p.status, Title: p.title, Message: p.message, Done: p.done,
		Next: s.nextSteps(r, p), RequestID: requestID(r.Context()),
	}
	c := s.chrome(r, templates.SectionNone)
	if partial(r) {
		return s.page(w, r, p.status, templates.ErrorFragment(c, v))
	}
	return s.page(w, r, p.status, templates.ErrorPage(c, v))
}

func (s *site) logCause(r *http.Request, status int, cause error) {
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.log.LogAttrs(r.Context(), level, "answered with an error", slog.String("request_id", requestID(r.Context())),
		slog.Int("status", status), slog.Any("error", cause))
}

// nextSteps returns the problem's own actions, or the defaults: retry a page,
// go to the list.
func (s *site) nextSteps(r *http.Request, p *problem) []templates.Action {
	if p.next != nil {
		return p.next
	}
	var next []templates.Action
	if path := strings.TrimPrefix(r.URL.Path, string(s.Base)); path == auth.PathCallback || path == auth.PathLogin {
		// An authorization code is valid once: offer a new sign-in, or the
		// existing session.
		if auth.From(r.Context()) != nil {
			next = append(next, templates.Action{Text: "Go to users", Href: s.Base.URL("/users"), Primary: true})
		}
		return append(next, templates.Action{Text: "Sign in again", Href: s.tryAgain(p.cause), Icon: "refresh", Primary: len(next) == 0})
	}
	forbidden := p.status == http.StatusForbidden && auth.From(r.Context()) != nil
	if (p.status >= http.StatusInternalServerError || forbidden) && r.Method == http.MethodGet && !partial(r) {
		next = append(next, templates.Action{Text: "Try again", Href: s.Base.URL(below(s.Base, r.URL)), Icon: "refresh", Primary: true})
	}
	if forbidden {
		// A role that was granted again is only in a new token.
		return append(next, templates.Action{Text: "Sign out", Href: s.Base.URL("/logout"), Post: true, Icon: "out"})
	}
	if auth.From(r.Context()) != nil && (r.URL.Path != string(s.Base)+"/users" || len(next) == 0) {
		next = append(next, templates.Action{Text: "Go to users", Href: s.Base.URL("/users"), Primary: len(next) == 0})
	}
	return next
}

// below returns a request's path and query without the base path.
func below(base templates.Base, u *url.URL) string {
	return strings.TrimPrefix(u.EscapedPath(), string(base)) + query(u)
}

func query(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	return "?" + u.RawQuery
}

// signInAgain redirects to sign-in and back to the current page: a page by 303,
// an htmx request by HX-Redirect. A submitted form gets a page with the outcome
// first, since the CSP's form-action blocks redirects to the provider.
func (s *site) signInAgain(w http.ResponseWriter, r *http.Request, err error) error {
	if id := auth.From(r.Context()); id != nil && tokenRefused(err) {
		// The API refuses a token that the provider still renews. Forget makes
		// a second refusal an error page rather than a redirect loop.
		s.logCause(r, http.StatusUnauthorized, err)
		s.Directory.Forget(id.Key())
	}
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", s.signInURL(s.shownPage(r)))
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		http.Redirect(w, r, s.signInURL(below(s.Base, r.URL)), http.StatusSeeOther) //nolint:gosec // SignInURL validates the path to return to
		return nil
	}
	v := templates.SessionEndedView{SignIn: s.signInURL(s.formPage(r)), Reason: "Your session ended before this form arrived. " + nothingChanged}
	return s.page(w, r, http.StatusUnauthorized, templates.SessionEndedPage(s.chrome(r, templates.SectionNone), v))
}

// signInURL returns the address that starts a sign-in and then redirects to
// returnTo, a path below the base.
func (s *site) signInURL(returnTo string) string { return s.Auth.SignInURL(s.Base.URL(returnTo)) }

// shownPage returns the page from which htmx sent the request (HX-Current-URL)
// if it is on this site. The sign-in validates the path again.
func (s *site) shownPage(r *http.Request) string {
	if path := strings.TrimPrefix(r.URL.Path, string(s.Base)); r.Method == http.MethodGet && (path == "/users" || path == "/activity") {
		// The request's own query: HX-Current-URL lags behind it while the user
		// types a search.
		asked := *r.URL
		v := asked.Query()
		v.Del("fresh")
		asked.RawQuery = v.Encode()
		return s.localPath(below(s.Base, &asked))
	}
	u, err := url.Parse(r.Header.Get("HX-Current-URL"))
	if err != nil || !strings.HasPrefix(u.EscapedPath(), string(s.Base)+"/") {
		return "/users"
	}
	return s.localPath(below(s.Base, u))
}

// formPage returns the page that contains the submitted form: its own path if
// that also serves GET, else the list.
func (s *site) formPage(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.EscapedPath(), string(s.Base))
	if path == "/invite" || strings.HasSuffix(path, "/deactivate") {
		return path
	}
	if id, isActivate := strings.CutSuffix(path, "/activate"); isActivate {
		return id
	}
	return "/users"
}

func (s *site) notAdministrator(w http.ResponseWriter, r *http.Request, err error) error {
	s.logCause(r, http.StatusForbidden, err)
	var e *auth.Error
	errors.As(err, &e)
	v := templates.ForbiddenView{Who: e.Who, SwitchAccount: s.Base.URL("/login?prompt=login"), Wallaroo: s.WallarooURL, RequestID: requestID(r.Context())}
	if r.Header.Get("HX-Request") == "true" {
		// The role was revoked during the session: reload the whole page, which
		// explains it.
		w.Header().Set("HX-Redirect", s.Base.URL("/users"))
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	return s.page(w, r, http.StatusForbidden, templates.ForbiddenPage(s.chrome(r, templates.SectionNone), v))
}

// tryAgain returns the address that restarts a failed sign-in with its original
// return path.
func (s *site) tryAgain(err error) string {
	var e *auth.Error
	if !errors.As(err, &e) {
		return s.Base.URL("/login")
	}
	return s.Auth.SignInURL(e.ReturnTo)
}

func (s *site) signInFailed(w http.ResponseWriter, r *http.Request, err error) error {
	s.logCause(r, http.StatusBadRequest, err)
	v := templates.SignInFailedView{
		Status: http.StatusBadRequest, Title: "The sign-in did not work",
		Message:   "The answer of the identity provider did not fit a sign-in begun in this browser. It may have been too old, or used before.",
		SignIn:    s.tryAgain(err),
		RequestID: requestID(r.Context()),
	}
	if id := auth.From(r.Context()); id != nil {
		v.SignedInAs, v.Users = id.Who(), s.Base.URL("/users")
	}
	var e *auth.Error
	if errors.As(err, &e) && e.Kind == auth.ProviderError {
		v.Title = "The identity provider refused the sign-in"
		v.Message = "It answered: " + e.Code
		if e.Description != "" {
			v.Message += " (" + e.Description + ")"
		}
	}
	return s.page(w, r, v.Status, templates.SignInFailedPage(s.chrome(r, templates.SectionNone), v))
}

// tokenRefused reports whether the API refused the token and also its renewed
// successor, or the renewal failed for a reason other than the provider's
// refusal.
func tokenRefused(err error) bool {
	kind := auth.KindOf(err)
	return errors.Is(err, wallaroo.ErrUnauthorized) && (kind == "" || kind == auth.TokenRefused)
}

// workedBefore reports whether the API has accepted this administrator's token
// before, so that a refusal means that the session has ended.
func (s *site) workedBefore(r *http.Request) bool {
	id := auth.From(r.Context())
	return id != nil && s.Directory.Worked(id.Key())
}

// lacksMappers reports whether the API has refused this administrator since the
// first read, which means that the Keycloak client lacks the protocol mappers
// of Wallaroo's own client.
func (s *site) lacksMappers(r *http.Request, err error) bool {
	refused := errors.Is(err, wallaroo.ErrForbidden) || tokenRefused(err)
	return refused && auth.From(r.Context()) != nil && !s.workedBefore(r) && !isChange(err)
}

func (s *site) mappers(w http.ResponseWriter, r *http.Request, err error) error {
	s.logCause(r, http.StatusForbidden, err)
	s.Directory.Forget(auth.From(r.Context()).Key())
	v := templates.MappersView{Status: http.StatusForbidden, Client: s.ClientID, Guide: s.GuideURL, Retry: s.Base.URL(below(s.Base, r.URL)), RequestID: requestID(r.Context())}
	if partial(r) {
		w.Header().Set("HX-Redirect", s.Base.URL("/users"))
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	return s.page(w, r, v.Status, templates.MappersPage(s.chrome(r, templates.SectionNone), v))
}

// isChange reports whether the error comes from a change rather than a read.
func isChange(err error) bool {
	var e *wallaroo.Error
	return errors.As(err, &e) && e.Op != "query"
}

// localPath returns path, with its query, if a browser would resolve it to this
// site, else the path of the list. Dot segments, also encoded, are rejected
// because they could leave the base path; so are those in a fragment, which
// http.Redirect treats as part of the path. Control characters fail in net/url.
func (s *site) localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, `\#`) ||
		slices.ContainsFunc(strings.Split(u.Path, "/"), func(part string) bool { return part == "." || part == ".." }) {
		return "/users"
	}
	return path
}
