package demo

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// fault makes answers of an endpoint slow, wrong or missing. It is the body of POST /control/faults.
type fault struct {
	Endpoint string            `json:"endpoint"`         // query, query-list, query-by-id, invite, activate, deactivate, auth, token, discovery, certs, userinfo, logout or *
	Latency  duration          `json:"latency"`          // wait so long before the answer; between two bytes with "drip"
	Status   int               `json:"status,omitempty"` // answer this; without Body in the endpoint's own error format
	Body     string            `json:"body,omitempty"`   // html, truncated, empty, null-users, unknown-types, huge, drip, reset, raw or callback-error
	Raw      string            `json:"raw,omitempty"`    // the body of "raw"; the error code of "callback-error" (access_denied)
	Headers  map[string]string `json:"headers,omitempty"`
	Times    int               `json:"times,omitempty"` // so many requests, then no more; 0: until deleted
	After    string            `json:"after,omitempty"` // "act": do what was asked for, then fail

	used int
}

// duration is a time.Duration written as in Go, such as "300ms".
type duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = duration(v)
	return err
}

// check returns an error if the fault is invalid.
func (f *fault) check() error {
	known := []string{anyEndpoint, queryList, queryByID}
	for _, name := range endpointNames() {
		known = append(known, name)
	}
	bodies := []string{"", "html", "truncated", "empty", "null-users", "unknown-types", "huge", "drip", "reset", "raw", "callback-error"}
	switch {
	case !slices.Contains(known, f.Endpoint):
		return fmt.Errorf("unknown endpoint %q", f.Endpoint)
	case !slices.Contains(bodies, f.Body):
		return fmt.Errorf("unknown body %q", f.Body)
	case f.After != "" && f.After != "act":
		return fmt.Errorf(`unknown "after" %q`, f.After)
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status %d can't be answered", f.Status)
	case f.Latency < 0 || f.Times < 0:
		return errors.New("latency and times can't be negative")
	case f.Raw != "" && f.Body != "raw" && f.Body != "callback-error":
		return errors.New(`"raw" needs the body "raw" or "callback-error"`)
	case f.Body == "callback-error" && f.Endpoint != "auth":
		return errors.New(`the body "callback-error" is for the endpoint auth`)
	}
	return nil
}

func (f *fault) matches(endpoint string) bool {
	if f.Times > 0 && f.used >= f.Times {
		return false
	}
	return f.Endpoint == anyEndpoint || f.Endpoint == endpoint ||
		(f.Endpoint == queryAny && strings.HasPrefix(endpoint, queryAny))
}

// faultBox holds the faults in force, oldest first. It is safe for concurrent use.
type faultBox struct {
	// deny sends the answer of "callback-error"; nil without an embedded provider.
	deny func(w http.ResponseWriter, r *http.Request, code string)

	mu     sync.Mutex
	faults []*fault
}

func (b *faultBox) add(f fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, &f)
}

func (b *faultBox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

func (b *faultBox) all() []fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]fault, 0, len(b.faults))
	for _, f := range b.faults {
		all = append(all, *f)
	}
	return all
}

// take returns the oldest fault for endpoint and counts its use.
func (b *faultBox) take(endpoint string) (fault, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		if endpoint != "" && f.matches(endpoint) {
			f.used++
			return *f, true
		}
	}
	return fault{}, false
}

// inject applies the faults in force to requests, and passes all others to next.
func (b *faultBox) inject(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := b.take(endpointFrom(r.Context()))
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		if s, ok := w.(*statusWriter); ok {
			s.faulty = true
		}
		if f.Body == "callback-error" && b.deny != nil {
			b.deny(w, r, f.Raw)
			return
		}
		f.answer(w, r, next)
	})
}

// answer applies f to a request.
func (f *fault) answer(w http.ResponseWriter, r *http.Request, next http.Handler) {
	var real *captured
	if f.After == "act" || f.Body == "truncated" || f.Body == "drip" {
		// Uncompressed, so that a truncated or dripped body is plain JSON.
		r.Header.Del("Accept-Encoding")
		real = &captured{header: make(http.Header)}
		next.ServeHTTP(real, r)
	}
	if f.Body != "drip" && !pause(r, time.Duration(f.Latency)) {
		return
	}
	for name, value := range f.Headers {
		w.Header().Set(name, value)
	}
	switch {
	case f.Status != 0 || f.Body != "":
		f.fail(w, r, real)
	case real != nil:
		real.replay(w, f.Headers)
	case len(f.Headers) > 0:
		next.ServeHTTP(&fixedHeaders{w, f.Headers}, r)
	default:
		next.ServeHTTP(w, r)
	}
}

// pause waits for d; it returns false if the client disconnected meanwhile.
func pause(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// captured is a buffered answer.
type captured struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (c *captured) Header() http.Header { return c.header }

func (c *captured) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
}

func (c *captured) Write(b []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	return c.body.Write(b)
}

// replay sends the buffered answer with additional headers.
func (c *captured) replay(w http.ResponseWriter, headers map[string]string) {
	for name, values := range c.header {
		if _, set := headers[name]; !set {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(max(c.status, http.StatusOK))
	_, _ = c.body.WriteTo(w) // fails only when the client has disconnected
}

// fixedHeaders is a ResponseWriter that overrides headers.
type fixedHeaders struct {
	http.ResponseWriter
	headers map[string]string
}

func (w *fixedHeaders) WriteHeader(status int) {
	for name, value := range w.headers {
		w.Header().Set(name, value)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *fixedHeaders) Write(b []byte) (int, error) {
	for name, value := range w.headers {
		w.Header().Set(name, value) // no effect once the header is sent
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *fixedHeaders) Unwrap() http.ResponseWriter { return w.ResponseWriter }
