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

// newBreaker keeps an API that doesn't answer from holding every visitor for the
// whole time limit. Only time-outs count: an error that comes at once holds
// nobody, and may be over with the next call.
func newBreaker() *gobreaker.CircuitBreaker[struct{}] {
	return gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: "users API", Timeout: rest,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		IsSuccessful: func(err error) bool { return !errors.Is(err, ErrTimeout) },
		// A visitor who leaves tells nothing of the API.
		IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
	})
}

// guarded makes a call unless the breaker is open; then nothing is sent.
func (c *Client) guarded(op string, call func() error) error {
	_, err := c.breaker.Execute(func() (struct{}, error) { return struct{}{}, call() })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return &Error{Op: op, Kind: ErrTimeout, RetryAfter: rest, cause: fmt.Errorf("not asked, after %d time-outs in a row: %w", tripAfter, err)}
	}
	return err
}
