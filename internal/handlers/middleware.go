package handlers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// maxBody bounds what a form may send, in bytes.
const maxBody = 64 << 10

type contextKey int

const requestIDKey contextKey = iota

// requestID returns the id by which a page and the log can be brought together.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}

// withRequestID gives each request an id of our own. A client's is not taken
// over: it could be made to collide with another's in the log.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b [6]byte
		_, _ = rand.Read(b[:]) // never fails: crypto/rand aborts the program instead
		id := hex.EncodeToString(b[:])
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey, id)))
	})
}

// withLog writes one line a request: the route, never the query, which can
// hold an email address or a code.
func (s *site) withLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(ww, r)
		s.Observe(knownMethod(r.Method), route(r), ww.Status(), time.Since(began))
		s.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("request_id", requestID(r.Context())),
			slog.String("method", r.Method),
			slog.String("route", route(r)),
			slog.String("client", middleware.GetClientIP(r.Context())),
			slog.Int("status", ww.Status()),
			slog.Int("bytes", ww.BytesWritten()),
			slog.Duration("took", time.Since(began)),
		)
	})
}

// knownMethod keeps what a stranger makes up out of the metrics.
func knownMethod(method string) string {
	return firstOf(oneOf(method, http.MethodGet, http.MethodHead, http.MethodPost), "other")
}

// route is the pattern that served the request; "" if none did.
func route(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil {
		return c.RoutePattern()
	}
	return ""
}

// withRecovery answers a panic with the last-resort page, which was rendered at
// start and so can't fail in its turn.
func (s *site) withRecovery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			caught := recover()
			if caught == nil {
				return
			}
			if err, ok := caught.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(caught)
			}
			s.log.Error("panic", slog.String("request_id", requestID(r.Context())),
				slog.String("panic", fmt.Sprint(caught)), slog.String("stack", string(debug.Stack())))
			s.lastResort(w)
		}()
		next.ServeHTTP(w, r)
	})
}

// contentPolicy allows what the site itself serves and nothing else: no inline
// script or style, no frame, no form to elsewhere.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

// withHeaders sets the security headers on every answer, errors too. Pages are
// not to be stored; the handler of static files replaces Cache-Control.
func (s *site) withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		// Not no-referrer: with it browsers send "Origin: null" from our own forms.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		if s.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// withLength lets only requests through whose length is said in one way, and
// lets nothing follow one that might be read in another. net/http takes a
// Content-Length away beside a Transfer-Encoding before we see it, so that every
// Transfer-Encoding is refused: an ingress that went by the length would take
// what follows for another request than we do. That of HTTP/1.0 it takes away
// unseen, so each of its requests is its connection's last.
func (s *site) withLength(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) == 0 {
			if !r.ProtoAtLeast(1, 1) {
				w.Header().Set("Connection", "close")
			}
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close")
		s.answer(w, r, &problem{
			status: http.StatusLengthRequired, title: "This request does not say how long it is",
			message: "It came in pieces (Transfer-Encoding), and only what has a Content-Length is taken. " +
				"Browsers send one: a proxy in between may have taken it away.",
			done: nothingChanged,
		})
	})
}

// withMethods lets only the methods through that a route can have, spelt as the
// standard spells them.
func (s *site) withMethods(next http.Handler) http.Handler {
	known := []string{http.MethodGet, http.MethodHead, http.MethodPost}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(known, r.Method) {
			w.Header().Set("Allow", "GET, HEAD, POST")
			s.answer(w, r, &problem{status: http.StatusMethodNotAllowed})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}
