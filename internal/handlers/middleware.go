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

// maxBody limits a form's body, in bytes.
const maxBody = 64 << 10

type contextKey int

const requestIDKey contextKey = iota

// requestID returns the id that an error page and the log have in common.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}

// withRequestID assigns a random id to each request. A client's X-Request-Id is
// not used, since it could be made to collide with another request's in the
// log.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b [6]byte
		_, _ = rand.Read(b[:]) // never fails: crypto/rand aborts the program instead
		id := hex.EncodeToString(b[:])
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey, id)))
	})
}

// withLog writes one log line per request, with the route and never the query,
// which may contain an email address or an authorization code.
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
			slog.Duration("duration", time.Since(began)),
		)
	})
}

// knownMethod maps arbitrary methods to one value, to bound the metrics'
// cardinality.
func knownMethod(method string) string {
	return firstOf(oneOf(method, http.MethodGet, http.MethodHead, http.MethodPost), "other")
}

// route returns the pattern that matched the request; "" if none did.
func route(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil {
		return c.RoutePattern()
	}
	return ""
}

// withRecovery answers a panic with the last-resort page, which is rendered at
// the start so that it can't fail.
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

// contentPolicy is the Content-Security-Policy: resources of this site only, no
// inline script or style, no framing, no form to another site.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

// withHeaders sets the security headers on every response, errors included.
// Pages are not stored; the handler of static files replaces Cache-Control.
func (s *site) withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		// Not no-referrer: browsers would send "Origin: null" with this site's
		// own forms.
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

// withLength prevents request smuggling (RFC 9112, section 11.2): it rejects
// every request with a Transfer-Encoding and closes the connection. net/http
// drops a Content-Length beside a Transfer-Encoding before this code sees it, and
// an ingress that uses the length would split the stream elsewhere. In HTTP/1.0
// net/http drops Transfer-Encoding silently, so each such request is the last of
// its connection.
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

// withMethods rejects methods other than GET, HEAD and POST, which are
// case-sensitive (RFC 9110, section 9.1), and limits the body to maxBody.
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
