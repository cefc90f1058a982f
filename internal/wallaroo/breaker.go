package wallaroo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sony/gobreaker/v2"
)

const (
	// tripAfter time-outs in a row, the client stops asking; after rest it tries
	// one call again.
	tripAfter = 5
	rest      = 5 * time.Second
)

// guard bounds the time of one sort of calls, and keeps an API that doesn't
// answer them from holding every visitor for all of that time. The list has one
// of its own: it may take long where single calls don't, and none of them has to
// wait until it has shown whether the API is back.
type guard struct {
	limit   time.Duration
	breaker *gobreaker.CircuitBreaker[struct{}]
}

// newGuard makes a guard that only time-outs trip: an error that comes at once
// holds nobody, and may be over with the next call.
func newGuard(name string, limit time.Duration) *guard {
	return &guard{limit: limit, breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: rest,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		IsSuccessful: func(err error) bool { return !errors.Is(err, ErrTimeout) },
		// A visitor who leaves tells nothing of the API.
		IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
	})}
}

// let makes a call within the limit unless the breaker is open; then nothing is
// sent.
func (g *guard) let(ctx context.Context, op string, call func(context.Context) error) error {
	_, err := g.breaker.Execute(func() (struct{}, error) {
		ctx, cancel := context.WithTimeout(ctx, g.limit)
		defer cancel()
		return struct{}{}, call(ctx)
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return &Error{Op: op, Kind: ErrTimeout, RetryAfter: rest, cause: fmt.Errorf("not asked, after %d time-outs in a row: %w", tripAfter, err)}
	}
	return err
}
