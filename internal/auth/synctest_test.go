package auth_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/auth"
)

// limit is the longest wait for the provider in a synctest bubble.
const limit = 20 * time.Second

// inBubble runs a test of a site and a provider in a synctest bubble, without a network and with a clock of its own.
func inBubble(t *testing.T, test func(t *testing.T, s *testSite)) {
	t.Helper()
	keys() // are made with the time of others
	synctest.Test(t, func(t *testing.T) {
		p := unservedProvider(t, &clock{runs: true})
		p.srv = &httptest.Server{URL: "http://id.example"}
		s := &testSite{t: t, provider: p, memory: newMemory(), clock: p.clock, log: &lockedBuffer{}, srv: &httptest.Server{URL: "http://site.example"}}
		mux := http.NewServeMux()
		s.wires = wires{"id.example": http.HandlerFunc(p.serve), "site.example": mux}
		s.build(mux, s.wires, func(o *auth.Options) { o.Timeout = limit })
		test(t, s)
	})
}

// wires route requests to handlers, by host.
type wires map[string]http.Handler

func (w wires) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	in := r.Clone(r.Context())
	if in.Host = r.URL.Host; in.Body == nil {
		in.Body = http.NoBody
	}
	defer func() {
		p := recover()
		if cause, ok := p.(error); ok && errors.Is(cause, http.ErrAbortHandler) {
			err = io.ErrUnexpectedEOF
		} else if p != nil {
			panic(p)
		}
	}()
	recorder := httptest.NewRecorder()
	w[in.Host].ServeHTTP(recorder, in)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

// visitor is a browser in a bubble.
func (s *testSite) visitor() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{t: s.t, site: s, client: &http.Client{
		Jar: jar, Transport: s.wires, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// fails replaces an endpoint of the provider.
func (s *testSite) fails(path string, fault http.HandlerFunc) {
	s.provider.set(func() { s.provider.endpoint[path] = fault })
}

// works restores the endpoint.
func (s *testSite) works(path string) {
	s.provider.set(func() { delete(s.provider.endpoint, path) })
}

// takes checks the kind of an answer and the time that it takes on the bubble's clock.
func takes(t *testing.T, want time.Duration, kind auth.Kind, ask func() seen) seen {
	t.Helper()
	began := time.Now()
	a := ask()
	if took := time.Since(began); took != want || a.kind() != kind {
		t.Errorf("%d %q after %s, wanted %q after %s", a.status, a.kind(), took, kind, want)
	}
	return a
}
