package demo

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxLogged is the maximum number of logged requests.
const maxLogged = 20_000

// loggedRequest is one request to the API or the provider, in the answer of GET /control/requests.
type loggedRequest struct {
	Time     time.Time `json:"time"`
	Millis   int64     `json:"millis"` // until the answer was written, faults included
	Method   string    `json:"method"`
	Path     string    `json:"path"`
	Endpoint string    `json:"endpoint"`
	Status   int       `json:"status"`            // 0: no answer
	Subject  string    `json:"sub,omitempty"`     // of the bearer, unverified
	Token    string    `json:"token,omitempty"`   // start of the bearer's SHA-256, to tell tokens apart
	Headers  []string  `json:"headers"`           // names only
	Body     any       `json:"body,omitempty"`    // without passwords, tokens, codes and secrets
	Faulty   bool      `json:"faulty,omitempty"`  // changed by a fault
	Running  bool      `json:"running,omitempty"` // not answered yet
}

// requestLog stores requests. It is safe for concurrent use.
type requestLog struct {
	now func() time.Time

	mu      sync.Mutex
	entries []*loggedRequest
}

func newRequestLog(now func() time.Time) *requestLog { return &requestLog{now: now} }

type endpointKey struct{}

// endpointFrom returns the endpoint's name that record has set.
func endpointFrom(ctx context.Context) string {
	e, _ := ctx.Value(endpointKey{}).(*loggedRequest)
	if e == nil {
		return ""
	}
	return e.Endpoint
}

// record puts the endpoint's name into the request's context and logs the request. Others pass unlogged.
func (l *requestLog) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := peek(r)
		name := endpointOf(r, body)
		if name == "" {
			next.ServeHTTP(w, r)
			return
		}
		e := &loggedRequest{
			Time: l.now(), Method: r.Method, Path: r.URL.Path, Endpoint: name, Headers: headerNames(r.Header),
			Body: redacted(r, body), Running: true,
		}
		e.Subject, e.Token = bearerOf(r)
		l.add(e)

		start := time.Now()
		status := &statusWriter{ResponseWriter: w}
		defer func() { // a fault may abort the request by a panic
			l.mu.Lock()
			defer l.mu.Unlock()
			e.Status, e.Faulty, e.Running, e.Millis = status.status, status.faulty, false, time.Since(start).Milliseconds()
		}()
		next.ServeHTTP(status, r.WithContext(context.WithValue(r.Context(), endpointKey{}, e)))
	})
}

func (l *requestLog) add(e *loggedRequest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) >= maxLogged {
		l.entries = slices.Delete(l.entries, 0, maxLogged/2)
	}
	l.entries = append(l.entries, e)
}

// all returns the requests so far, oldest first; with an endpoint only those.
func (l *requestLog) all(endpoint string) []loggedRequest {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries := make([]loggedRequest, 0, len(l.entries))
	for _, e := range l.entries {
		if endpoint == "" || e.Endpoint == endpoint || (endpoint == queryAny && strings.HasPrefix(e.Endpoint, queryAny)) {
			entries = append(entries, *e)
		}
	}
	return entries
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}

// statusWriter records the answer's status.
type statusWriter struct {
	http.ResponseWriter
	status int
	faulty bool
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func headerNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// bearerOf returns the unverified subject of the request's bearer token, and a fingerprint of the token.
func bearerOf(r *http.Request) (subject, fingerprint string) {
	_, token, ok := strings.Cut(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return "", ""
	}
	sum := sha256.Sum256([]byte(token))
	fingerprint = hex.EncodeToString(sum[:6])
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", fingerprint
	}
	var claims struct {
		Subject string `json:"sub"`
	}
	if payload, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
		_ = json.Unmarshal(payload, &claims) // a token that can't be read has no subject
	}
	return claims.Subject, fingerprint
}

// redacted returns the body without secrets: JSON without the password, of forms only the grant type.
func redacted(r *http.Request, body []byte) any {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil
		}
		return map[string]string{"grant_type": form.Get("grant_type")}
	}
	if len(body) == 0 {
		return nil
	}
	const long = 16 << 10
	var object map[string]any
	if len(body) > long || json.Unmarshal(body, &object) != nil {
		return map[string]int{"bytes": len(body)}
	}
	if _, ok := object["password"]; ok {
		object["password"] = "(hidden)"
	}
	return object
}
