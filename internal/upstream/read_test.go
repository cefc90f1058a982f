package upstream_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/upstream"
)

func unreachable(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

// says answers with a status and perhaps a header.
func says(status int, header string) server {
	return func(*http.Request) (*http.Response, error) { return answering(status, header, ""), nil }
}

// reads sends a read and returns when each of its attempts was sent.
func reads(ctx context.Context, is server, use func(*http.Response) error) (tries []time.Time, err error) {
	s := newSite(func(r *http.Request) (*http.Response, error) {
		tries = append(tries, time.Now())
		return is(r)
	})
	err = s.Read(get(ctx), 100, use)
	return tries, err
}

func TestWhichReadsAreTriedAgain(t *testing.T) {
	for name, row := range map[string]struct {
		is    server
		tries int
	}{
		"it works":                           {well, 1},
		"no connection":                      {unreachable, 3},
		"an answer that broke off":           {brokenOff, 3},
		"the server's own 500":               {says(500, ""), 1},
		"a 502":                              {says(502, ""), 3},
		"a 503":                              {says(503, ""), 3},
		"a 504":                              {says(504, ""), 3},
		"a 503 that asks for a short pause":  {says(503, "Retry-After: 1"), 3},
		"a 503 that asks for a long pause":   {says(503, "Retry-After: 5"), 1},
		"a 429":                              {says(429, ""), 3},
		"a 429 that asks for a short pause":  {says(429, "Retry-After: 1"), 3},
		"a 429 that asks for a long pause":   {says(429, "Retry-After: 5"), 1},
		"a 505, which no second try changes": {says(505, ""), 1},
		"a 404":                              {says(404, ""), 1},
		"a time-out":                         {dead, 1},
		"too much": {func(*http.Request) (*http.Response, error) {
			return answering(http.StatusOK, "", strings.Repeat("x", 101)), nil
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if tries, err := reads(t.Context(), row.is, whole); len(tries) != row.tries {
					t.Errorf("%d tries, want %d: %v", len(tries), row.tries, err)
				}
			})
		})
	}
}

func brokenOff(*http.Request) (*http.Response, error) {
	res := answering(http.StatusOK, "", "")
	res.Body = io.NopCloser(failing(func() error { return io.ErrUnexpectedEOF }))
	return res, nil
}

func TestAnAnswerThatIsNotUnderstoodIsNotReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errNonsense := errors.New("nonsense")
		if tries, err := reads(t.Context(), well, func(*http.Response) error { return errNonsense }); len(tries) != 1 || !errors.Is(err, errNonsense) {
			t.Errorf("%d tries: %v", len(tries), err)
		}
	})
}

// Each attempt sends the whole body, and the last one's answer is returned.
func TestAReadThatWorksAtTheLastTryHasWorked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent []string
		var statuses []int
		s := newSite(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if sent = append(sent, string(body)); len(sent) < 3 {
				return answering(http.StatusBadGateway, "", ""), err
			}
			return answering(http.StatusOK, "", "{}"), err
		})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://a.example", strings.NewReader("ids"))
		if err != nil {
			t.Fatal(err)
		}
		err = s.Read(r, 100, func(res *http.Response) error {
			statuses = append(statuses, res.StatusCode)
			return nil
		})
		if err != nil || !slices.Equal(sent, []string{"ids", "ids", "ids"}) || !slices.Equal(statuses, []int{502, 502, 200}) {
			t.Errorf("%v: sent %q, answered %v", err, sent, statuses)
		}
	})
}

func TestAServerThatIsLeftAloneIsNotReadFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(nil)
		s.tire(t)
		began := time.Now()
		if err := s.Read(get(t.Context()), 100, whole); !errors.Is(err, upstream.ErrOpen) || time.Since(began) != 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// Clients that met the same failure must not all try again at the same moment.
func TestPausesBetweenTriesDiffer(t *testing.T) {
	for name, row := range map[string]struct {
		is    server
		asked time.Duration
	}{
		"a connection that could not be made": {unreachable, 0},
		"a 502":                               {says(502, ""), 0},
		"a 503 that asks for a second":        {says(503, "Retry-After: 1"), time.Second},
		"a 429 that asks for nothing":         {says(429, ""), time.Second},
		"a 429 that asks for two seconds":     {says(429, "Retry-After: 2"), 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen []time.Duration
				for range 50 {
					tries, _ := reads(t.Context(), row.is, whole)
					for i, middle := range []time.Duration{100 * time.Millisecond, 150 * time.Millisecond} {
						pause := tries[i+1].Sub(tries[i])
						if p := pause - row.asked; p < middle/2 || p > middle*3/2+1 {
							t.Errorf("pause %d is %s", i+1, pause)
						}
						seen = append(seen, pause)
					}
				}
				slices.Sort(seen)
				if different := len(slices.Compact(seen)); different < 90 {
					t.Errorf("%d different pauses of 100", different)
				}
			})
		})
	}
}

func TestAReadThatFailsSlowlyIsNotTriedAgain(t *testing.T) {
	for name, row := range map[string]struct {
		takes time.Duration
		tries int
	}{
		"quickly":           {time.Second, 3},
		"in a while":        {4 * time.Second, 2},
		"slowly":            {6 * time.Second, 1},
		"just in its limit": {limit - time.Second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				tries, err := reads(t.Context(), func(r *http.Request) (*http.Response, error) {
					time.Sleep(row.takes)
					return unreachable(r)
				}, whole)
				if !errors.Is(err, upstream.ErrUnreachable) || len(tries) != row.tries {
					t.Errorf("%v after %d tries, want %d", err, len(tries), row.tries)
				}
				if took := time.Since(began); took > row.takes+5*time.Second {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

// All attempts together have the time limit of one, and no pause begins that would end after it.
func TestAllTriesAreOverWithinTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		began := time.Now()
		_, err := reads(t.Context(), func(r *http.Request) (*http.Response, error) {
			if n++; n == 1 {
				time.Sleep(4 * time.Second)
				return unreachable(r)
			}
			return dead(r)
		}, whole)
		if took := time.Since(began); n != 2 || took != limit || !errors.Is(err, upstream.ErrTimeout) {
			t.Errorf("%d tries, %v, %v", n, took, err)
		}
		short := upstream.New("a test", says(http.StatusTooManyRequests, ""), time.Second, 1)
		began = time.Now()
		if err := short.Read(get(t.Context()), 100, whole); err != nil || time.Since(began) != 0 || short.Open() {
			t.Errorf("%v after %v, resting %v", err, time.Since(began), short.Open())
		}
	})
}

func TestNobodyIsAskedForAVisitorWhoLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		tries, err := reads(ctx, func(r *http.Request) (*http.Response, error) {
			cancel()
			return unreachable(r)
		}, whole)
		if !errors.Is(err, context.Canceled) || len(tries) != 1 {
			t.Errorf("%v after %d tries", err, len(tries))
		}
	})
}
