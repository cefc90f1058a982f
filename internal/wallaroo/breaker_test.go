package wallaroo_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

const (
	singleLimit = 20 * time.Second
	listLimit   = 45 * time.Second
	// aWhile is longer than the API is left alone for, and no longer than anybody
	// should wait for it to be asked again.
	aWhile = 10 * time.Second
)

// patient is an API without a network, for tests in a synctest bubble. It answers after a while, or not before the
// caller has gone.
type patient struct {
	takes atomic.Int64 // time.Duration; 0 means that it never answers
	calls atomic.Int32
}

func (p *patient) RoundTrip(r *http.Request) (*http.Response, error) {
	p.calls.Add(1)
	var done <-chan time.Time
	if takes := p.takes.Load(); takes != 0 {
		done = time.After(time.Duration(takes))
	}
	select {
	case <-done:
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"users":{}}`))}, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// patientClient runs a test with an API that never answers in a synctest bubble.
func patientClient(t *testing.T, test func(t *testing.T, p *patient, c instance)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &patient{}
		test(t, p, instanceOf(wallaroo.Options{
			Origin: &url.URL{Scheme: "http", Host: "api.example"}, Transport: p, Timeout: singleLimit, ListTimeout: listLimit,
		}))
	})
}

// given requests an account and gives up after a second.
func given(t *testing.T, c instance) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Second, cancel)
	if _, _, _, err := c.UserByID(ctx, "t", "u1"); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// leftAlone reports whether an error says that the breaker is open.
func leftAlone(err error) bool {
	var e *wallaroo.Error
	return errors.As(err, &e) && errors.Is(err, wallaroo.ErrTimeout) && !e.Sent && e.RetryAfter > 0 && e.RetryAfter < aWhile && !wallaroo.InDoubt(err)
}

func activate(t *testing.T, c instance) error {
	t.Helper()
	return c.Activate(t.Context(), "t", "jo@example.com")
}

// tire requests single accounts until the breaker opens.
func tire(t *testing.T, c instance) {
	t.Helper()
	for range 5 {
		if err := activate(t, c); !errors.Is(err, wallaroo.ErrTimeout) || leftAlone(err) {
			t.Fatal(err)
		}
	}
	if err := activate(t, c); !leftAlone(err) {
		t.Fatalf("asked on: %v", err)
	}
}

func TestAnAPIThatAnswersAgainIsAskedAgain(t *testing.T) {
	patientClient(t, func(t *testing.T, p *patient, c instance) {
		tire(t, c)
		time.Sleep(aWhile)
		// Still dead: one call finds out, and no five.
		if err := activate(t, c); leftAlone(err) {
			t.Fatalf("not asked after %s: %v", aWhile, err)
		}
		if err := activate(t, c); !leftAlone(err) {
			t.Fatalf("asked on: %v", err)
		}
		time.Sleep(aWhile)
		p.takes.Store(int64(time.Second))
		for range 20 {
			if err := activate(t, c); err != nil {
				t.Fatalf("it works again: %v", err)
			}
		}
		// What was counted before is forgotten.
		p.takes.Store(0)
		tire(t, c)
	})
}

func TestCancelledCallsDoNotHideThatTheAPIIsDown(t *testing.T) {
	patientClient(t, func(t *testing.T, p *patient, c instance) {
		for i := range 6 {
			if i%4 == 3 {
				given(t, c)
				continue
			}
			if err := activate(t, c); !errors.Is(err, wallaroo.ErrTimeout) {
				t.Fatal(err)
			}
		}
		if err := activate(t, c); !leftAlone(err) {
			t.Errorf("asked %d times and on: %v", p.calls.Load(), err)
		}
	})
}

func TestCancelledCallsDoNotOpenTheBreaker(t *testing.T) {
	patientClient(t, func(t *testing.T, p *patient, c instance) {
		for range 20 {
			given(t, c)
		}
		p.takes.Store(int64(time.Second))
		if err := activate(t, c); err != nil {
			t.Error(err)
		}
	})
}

func TestACancelledProbeNeitherOpensNorClosesTheBreaker(t *testing.T) {
	patientClient(t, func(t *testing.T, p *patient, c instance) {
		tire(t, c)
		time.Sleep(aWhile)
		given(t, c)
		// It is still this one call that finds out: not refused because of the one
		// that was given up, and not one of five.
		if err := activate(t, c); leftAlone(err) {
			t.Fatalf("not asked: %v", err)
		}
		if err := activate(t, c); !leftAlone(err) {
			t.Errorf("asked on: %v", err)
		}
	})
}

func TestACallCancelledInTheMiddleOfAnAnswerDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := instanceOf(wallaroo.Options{
			Origin: &url.URL{Scheme: "http", Host: "api.example"}, Transport: halfway{}, Timeout: singleLimit, ListTimeout: listLimit,
		})
		for i := range 6 {
			if i%4 == 3 {
				given(t, c)
			} else if err := activate(t, c); !errors.Is(err, wallaroo.ErrTimeout) {
				t.Fatal(err)
			}
		}
		if err := activate(t, c); !leftAlone(err) {
			t.Errorf("asked on: %v", err)
		}
	})
}

// halfway is an API whose answers stop in the middle.
type halfway struct{}

func (halfway) RoundTrip(r *http.Request) (*http.Response, error) {
	body := io.MultiReader(strings.NewReader(`{"users":{`), untilDone{r.Context()})
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(body)}, nil
}

type untilDone struct{ ctx context.Context }

func (u untilDone) Read([]byte) (int, error) {
	<-u.ctx.Done()
	return 0, u.ctx.Err()
}

// shut is an API whose answers stop in the middle, and whose transport closes the connection at the end of the time
// limit before it reports that, as net/http may for large bodies.
type shut struct{}

func (shut) RoundTrip(r *http.Request) (*http.Response, error) {
	body := io.MultiReader(strings.NewReader(`{"users":{`), shutWhenDone{r.Context()})
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(body)}, nil
}

type shutWhenDone struct{ ctx context.Context }

func (s shutWhenDone) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, &net.OpError{Op: "read", Net: "tcp", Err: net.ErrClosed}
}

func TestAConnectionShutAtTheEndOfTheTimeIsATimeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wallaroo.New(wallaroo.Options{Origin: &url.URL{Scheme: "http", Host: "api.example"}, Transport: shut{}, Timeout: singleLimit, ListTimeout: listLimit})
		if err := third(c.Users(t.Context(), "t")); !errors.Is(err, wallaroo.ErrTimeout) {
			t.Errorf("%v", err)
		}
	})
}

func TestASlowListDoesNotBlockSingleCalls(t *testing.T) {
	patientClient(t, func(t *testing.T, p *patient, c instance) {
		for range 5 {
			if err := third(c.Users(t.Context(), "t")); !errors.Is(err, wallaroo.ErrTimeout) {
				t.Fatal(err)
			}
		}
		if err := third(c.Users(t.Context(), "t")); !leftAlone(err) {
			t.Fatalf("lists are asked for on: %v", err)
		}
		tire(t, c)
		time.Sleep(aWhile)
		p.takes.Store(int64(listLimit - time.Second))
		list := make(chan error, 1)
		go func() { list <- third(c.Users(t.Context(), "t")) }()
		synctest.Wait() // the list is on its way
		p.takes.Store(int64(time.Second))
		for range 3 {
			if err := activate(t, c); err != nil {
				t.Errorf("while the list is read: %v", err)
			}
		}
		if err := <-list; err != nil {
			t.Errorf("the list: %v", err)
		}
	})
}

func TestListsThatTimeOutDoNotBlockSingleCalls(t *testing.T) {
	patientClient(t, func(t *testing.T, p *patient, c instance) {
		for range 5 {
			_ = third(c.Users(t.Context(), "t"))
		}
		p.takes.Store(int64(time.Second))
		if err := activate(t, c); err != nil {
			t.Error(err)
		}
	})
}
