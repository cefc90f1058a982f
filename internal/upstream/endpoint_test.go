package upstream_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/upstream"
)

const (
	limit     = 20 * time.Second
	tripAfter = 3
)

// server is a server without a network, for tests in a synctest bubble.
type server func(r *http.Request) (*http.Response, error)

func (s server) RoundTrip(r *http.Request) (*http.Response, error) { return s(r) }

func answering(status int, header, body string) *http.Response {
	h := http.Header{}
	if name, value, ok := strings.Cut(header, ": "); ok {
		h.Set(name, value)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// dead never answers.
func dead(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func well(*http.Request) (*http.Response, error) { return answering(http.StatusOK, "", "{}"), nil }

func badly(*http.Request) (*http.Response, error) {
	return answering(http.StatusInternalServerError, "", ""), nil
}

// site is an endpoint whose server can be replaced.
type site struct {
	*upstream.Endpoint
	is server
}

func newSite(is server) *site {
	s := &site{is: is}
	s.Endpoint = upstream.New("a test", server(func(r *http.Request) (*http.Response, error) { return s.is(r) }), limit, tripAfter)
	return s
}

func get(ctx context.Context) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://a.example", nil)
	if err != nil {
		panic(err)
	}
	return r
}

// ask sends a request once.
func (s *site) ask(ctx context.Context) error { return s.Once(get(ctx), 100, whole) }

// tire has the server not answer until the breaker opens.
func (s *site) tire(t *testing.T) {
	t.Helper()
	s.is = dead
	for range tripAfter {
		if s.Open() {
			t.Error("left alone too soon")
		}
		if err := s.ask(t.Context()); !errors.Is(err, upstream.ErrTimeout) {
			t.Fatal(err)
		}
	}
	s.is = well
}

func TestADeadServerIsLeftAloneAndThenAskedByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(nil)
		s.tire(t)
		if err := s.ask(t.Context()); !errors.Is(err, upstream.ErrOpen) || !s.Open() {
			t.Errorf("%v, resting %v", err, s.Open())
		}
		time.Sleep(upstream.OpenFor + time.Second)
		if s.Open() {
			t.Error("still left alone")
		}
		goOn, found := make(chan struct{}), make(chan error, 1)
		s.is = func(r *http.Request) (*http.Response, error) { <-goOn; return well(r) }
		go func() { found <- s.ask(t.Context()) }()
		synctest.Wait()
		s.is = well
		if err := s.ask(t.Context()); !errors.Is(err, upstream.ErrOpen) || !s.Open() {
			t.Errorf("while one call finds out: %v, resting %v", err, s.Open())
		}
		close(goOn)
		if err := <-found; err != nil || s.Open() {
			t.Errorf("%v, resting %v", err, s.Open())
		}
		if err := s.ask(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestOnlyTimeOutsInARowCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(nil)
		for range 5 {
			s.is = dead
			for range tripAfter - 1 {
				_ = s.ask(t.Context())
			}
			s.is = badly
			if err := s.ask(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// When the caller has cancelled, the error is neither a time-out nor an answer, whatever the connection reports.
func TestACallerWhoLeavesTellsNothing(t *testing.T) {
	for name, said := range map[string]error{"and says so": context.Canceled, "with words of the connection": net.ErrClosed} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(nil)
				leaves := func() {
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(time.Second, cancel)
					s.is = func(r *http.Request) (*http.Response, error) {
						<-r.Context().Done()
						return nil, said
					}
					_ = s.ask(ctx)
				}
				for range tripAfter {
					leaves()
					s.is = dead
					_ = s.ask(t.Context())
				}
				if !s.Open() {
					t.Fatal("who leaves counts as an answer")
				}
				time.Sleep(upstream.OpenFor + time.Second)
				leaves()
				if s.Open() {
					t.Error("who leaves counts as the call that finds out")
				}
			})
		})
	}
}

// A connection that we closed at the end of the time limit is a time-out, and so is one that could not be made in
// time.
func TestWhatATimeOutIs(t *testing.T) {
	atTheEnd := func(err error) server {
		return func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, err
		}
	}
	for name, row := range map[string]struct {
		is   server
		want error
	}{
		"the end of the time":        {dead, upstream.ErrTimeout},
		"shut at the end":            {atTheEnd(net.ErrClosed), upstream.ErrTimeout},
		"a connection made too late": {func(*http.Request) (*http.Response, error) { return nil, &net.DNSError{IsTimeout: true} }, upstream.ErrTimeout},
		"shut by the other side":     {func(*http.Request) (*http.Response, error) { return nil, net.ErrClosed }, upstream.ErrUnreachable},
		"shut in the answer, at the end": {func(r *http.Request) (*http.Response, error) {
			res := answering(http.StatusOK, "", "")
			res.Body = io.NopCloser(failing(func() error { <-r.Context().Done(); return net.ErrClosed }))
			return res, nil
		}, upstream.ErrTimeout},
		"shut in the answer by the other side": {func(*http.Request) (*http.Response, error) {
			res := answering(http.StatusOK, "", "")
			res.Body = io.NopCloser(failing(func() error { return io.ErrUnexpectedEOF }))
			return res, nil
		}, upstream.ErrUnreachable},
		"success at the last moment": {func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return well(r)
		}, nil},
		"more than is read": {func(*http.Request) (*http.Response, error) {
			return answering(http.StatusOK, "", strings.Repeat("x", 101)), nil
		}, upstream.ErrTooLarge},
		"as much as is read": {func(*http.Request) (*http.Response, error) {
			return answering(http.StatusOK, "", strings.Repeat("x", 100)), nil
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if err := newSite(row.is).ask(t.Context()); !errors.Is(err, row.want) {
					t.Errorf("%v, want %v", err, row.want)
				}
			})
		})
	}
}

// failing is a body that fails while it is read.
type failing func() error

func (f failing) Read([]byte) (int, error) { return 0, f() }
