package breaker_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/breaker"
)

const (
	limit     = 20 * time.Second
	tripAfter = 3
)

var errBad = errors.New("a bad answer")

// dead is a call that nobody answers.
func dead(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func answered(context.Context) error { return nil }

func badly(context.Context) error { return errBad }

// tired is a breaker whose other side has not answered.
func tired(t *testing.T) *breaker.Breaker {
	t.Helper()
	b := breaker.New("a test", limit, tripAfter)
	for range tripAfter {
		if b.Resting() {
			t.Error("left alone too soon")
		}
		if err := b.Do(t.Context(), dead); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
	return b
}

func TestTheBreakerOpensAndThenLetsOneCallThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tired(t)
		if err := b.Do(t.Context(), answered); !errors.Is(err, breaker.ErrNotAsked) || !b.Resting() {
			t.Errorf("%v, resting %v", err, b.Resting())
		}
		time.Sleep(breaker.Rest + time.Second)
		if b.Resting() {
			t.Error("still left alone")
		}
		goOn, found := make(chan struct{}), make(chan error, 1)
		go func() {
			found <- b.Do(t.Context(), func(context.Context) error { <-goOn; return nil })
		}()
		synctest.Wait()
		if err := b.Do(t.Context(), answered); !errors.Is(err, breaker.ErrNotAsked) || !b.Resting() {
			t.Errorf("while one call finds out: %v, resting %v", err, b.Resting())
		}
		close(goOn)
		if err := <-found; err != nil || b.Resting() {
			t.Errorf("%v, resting %v", err, b.Resting())
		}
		if err := b.Do(t.Context(), answered); err != nil {
			t.Error(err)
		}
	})
}

func TestOnlyTimeOutsInARowCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := breaker.New("a test", limit, tripAfter)
		for range 5 {
			for range tripAfter - 1 {
				_ = b.Do(t.Context(), dead)
			}
			if err := b.Do(t.Context(), badly); !errors.Is(err, errBad) {
				t.Fatal(err)
			}
		}
	})
}

// Whatever the call makes of it: an error of a caller who has left is no time-out, and no answer.
func TestACancelledCallDoesNotCount(t *testing.T) {
	for name, said := range map[string]error{"and says so": context.Canceled, "with words of the connection": net.ErrClosed} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := breaker.New("a test", limit, tripAfter)
				leaves := func() {
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(time.Second, cancel)
					_ = b.Do(ctx, func(ctx context.Context) error {
						<-ctx.Done()
						return said
					})
				}
				for range tripAfter {
					leaves()
					_ = b.Do(t.Context(), dead)
				}
				if !b.Resting() {
					t.Fatal("who leaves counts as an answer")
				}
				time.Sleep(breaker.Rest + time.Second)
				leaves()
				if b.Resting() {
					t.Error("who leaves counts as the call that finds out")
				}
			})
		})
	}
}

// A connection that was shut at the end of the time, by us, is a time-out, and so is one that could not be made in time.
func TestWhatATimeOutIs(t *testing.T) {
	over, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for name, row := range map[string]struct {
		ctx  context.Context
		err  error
		want bool
	}{
		"the end of the time":        {t.Context(), context.DeadlineExceeded, true},
		"shut at the end":            {over, net.ErrClosed, true},
		"a connection made too late": {t.Context(), &net.DNSError{IsTimeout: true}, true},
		"shut by the other side":     {t.Context(), net.ErrClosed, false},
		"a caller who left":          {t.Context(), context.Canceled, false},
		"success at the last moment": {over, nil, false},
	} {
		if got := breaker.TimedOut(row.ctx, row.err); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
