package directory_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

// failed is an answer with a status, and the pause that it asks for.
func failed(kind error, status int, pause time.Duration) *wallaroo.Error {
	return &wallaroo.Error{Op: "query", Kind: kind, Status: status, RetryAfter: pause, Sent: true}
}

func TestWhichReadsAreTriedAgain(t *testing.T) {
	for name, row := range map[string]struct {
		err   *wallaroo.Error
		reads int
	}{
		"no connection":                      {&wallaroo.Error{Kind: wallaroo.ErrUnreachable}, 3},
		"an answer that broke off":           {failed(wallaroo.ErrUnreachable, 200, 0), 3},
		"the API's own 500":                  {failed(wallaroo.ErrServer, 500, 0), 1},
		"a 502":                              {failed(wallaroo.ErrServer, 502, 0), 3},
		"a 503":                              {failed(wallaroo.ErrServer, 503, 0), 3},
		"a 504":                              {failed(wallaroo.ErrServer, 504, 0), 3},
		"a 503 that asks for a short pause":  {failed(wallaroo.ErrServer, 503, time.Second), 3},
		"a 503 that asks for a long pause":   {failed(wallaroo.ErrServer, 503, 5*time.Second), 1},
		"a 429":                              {failed(wallaroo.ErrTooMany, 429, 0), 3},
		"a 429 that asks for a short pause":  {failed(wallaroo.ErrTooMany, 429, time.Second), 3},
		"a 429 that asks for a long pause":   {failed(wallaroo.ErrTooMany, 429, 5*time.Second), 1},
		"a 505, which no second try changes": {failed(wallaroo.ErrServer, 505, 0), 1},
		"a time-out":                         {failed(wallaroo.ErrTimeout, 0, 0), 1},
		"an API that is left alone":          {&wallaroo.Error{Kind: wallaroo.ErrTimeout, RetryAfter: time.Second}, 1},
		"nonsense":                           {failed(wallaroo.ErrMalformed, 200, 0), 1},
		"too much":                           {failed(wallaroo.ErrTooLarge, 200, 0), 1},
		"a refusal":                          {failed(wallaroo.ErrForbidden, 403, 0), 1},
		"a 400":                              {failed(wallaroo.ErrRejected, 400, 0), 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeapi.New(fakeapi.Person("jo", true))
			f.OnList = func() error { return row.err }
			inBubble(t, f, func(t *testing.T, d *directory.Directory) {
				if _, err := d.Read(t.Context(), admin, directory.ReadOptions{}); !errors.Is(err, row.err.Kind) || f.Count("list") != row.reads {
					t.Errorf("got %v after %d reads, want %d", err, f.Count("list"), row.reads)
				}
			})
		})
	}
}

func TestAReadThatWorksAtTheLastTryHasWorked(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	f.OnList = func() error {
		if f.Count("list") < 3 {
			return failed(wallaroo.ErrServer, 502, 0)
		}
		return nil
	}
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		if r, err := d.Read(t.Context(), admin, directory.ReadOptions{}); err != nil || r.Total != 1 {
			t.Errorf("got %v", err)
		}
	})
}

// pausesOf gives the pauses between the tries of a read, on the bubble's clock.
func pausesOf(t *testing.T, f *fakeapi.API, d *directory.Directory, failure error) []time.Duration {
	t.Helper()
	var tries []time.Time
	f.OnList = func() error {
		tries = append(tries, time.Now())
		return failure
	}
	if _, err := d.Read(t.Context(), admin, directory.ReadOptions{}); !errors.Is(err, failure) {
		t.Fatalf("got %v", err)
	}
	var pauses []time.Duration
	for i := range tries[1:] {
		pauses = append(pauses, tries[i+1].Sub(tries[i]))
	}
	return pauses
}

// Many who met the same failure must not all come back at the same moment.
func TestPausesBetweenTriesAreRandom(t *testing.T) {
	for name, row := range map[string]struct {
		err   *wallaroo.Error
		asked time.Duration
	}{
		"a connection that could not be made": {&wallaroo.Error{Kind: wallaroo.ErrUnreachable}, 0},
		"a 502":                               {failed(wallaroo.ErrServer, 502, 0), 0},
		"a 503 that asks for a second":        {failed(wallaroo.ErrServer, 503, time.Second), time.Second},
		"a 429 that asks for nothing":         {failed(wallaroo.ErrTooMany, 429, 0), time.Second},
		"a 429 that asks for two seconds":     {failed(wallaroo.ErrTooMany, 429, 2*time.Second), 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeapi.New(fakeapi.Person("jo", true))
			inBubble(t, f, func(t *testing.T, d *directory.Directory) {
				var seen []time.Duration
				for range 50 {
					pauses := pausesOf(t, f, d, row.err)
					for i, middle := range []time.Duration{100 * time.Millisecond, 150 * time.Millisecond} {
						if p := pauses[i] - row.asked; p < middle/2 || p > middle*3/2+1 {
							t.Errorf("pause %d is %s", i+1, pauses[i])
						}
					}
					seen = append(seen, pauses...)
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
		reads int
	}{
		"quickly":           {time.Second, 3},
		"in a while":        {4 * time.Second, 2},
		"slowly":            {6 * time.Second, 1},
		"just in its limit": {44 * time.Second, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := fakeapi.New(fakeapi.Person("jo", true))
			f.OnList = func() error {
				time.Sleep(row.takes)
				return failed(wallaroo.ErrServer, 503, 0)
			}
			inBubble(t, f, func(t *testing.T, d *directory.Directory) {
				began := time.Now()
				if _, err := d.Read(t.Context(), admin, directory.ReadOptions{}); !errors.Is(err, wallaroo.ErrServer) || f.Count("list") != row.reads {
					t.Errorf("got %v after %d reads, want %d", err, f.Count("list"), row.reads)
				}
				if took := time.Since(began); took > row.takes+5*time.Second {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

func TestACancelledReadIsNotRetried(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		read(t, d, directory.ReadOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		tries := 0
		f.OnByID = func(string) error {
			tries++
			cancel()
			return failed(wallaroo.ErrUnreachable, 0, 0)
		}
		if _, err := d.Account(ctx, admin, "jo", directory.ReadOptions{}); !errors.Is(err, context.Canceled) || tries != 1 {
			t.Errorf("got %v after %d tries", err, tries)
		}
	})
}
