// Package upstream sends requests to another server: with a time limit, through a circuit breaker, and with retries of
// requests that only read.
package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"
)

const (
	// OpenFor is how long a breaker stays open. Then it lets one request through, whose outcome decides.
	OpenFor = 5 * time.Second
	// maxTries is how often a read is sent at most.
	maxTries = 3
	// retryWithin is how long after its beginning a read may still be retried: the user has waited long enough then.
	retryWithin = 5 * time.Second
	// firstPause is the mean pause before the first retry.
	firstPause = 100 * time.Millisecond
)

// ErrOpen is the error of a request that was not sent because the breaker is open.
var ErrOpen = errors.New("circuit breaker open")

// What the breaker is told; any other outcome is a success.
var (
	errTimeout   = errors.New("timed out")
	errCancelled = errors.New("cancelled by the caller")
)

// Endpoint is one sort of requests to a server, with a breaker of its own. It is safe for concurrent use.
type Endpoint struct {
	transport http.RoundTripper
	limit     time.Duration
	breaker   *gobreaker.CircuitBreaker[struct{}]
}

// Sender is [Endpoint.Once] or [Endpoint.Read] of an Endpoint.
type Sender func(r *http.Request, maxBytes int64, handle func(*http.Response) error) error

// New makes an Endpoint. limit bounds a request with its response and its retries; after tripAfter time-outs in a row
// the breaker opens. Other failures don't count: they keep nobody waiting, and may be over with the next request.
func New(name string, transport http.RoundTripper, limit time.Duration, tripAfter uint32) *Endpoint {
	return &Endpoint{transport: transport, limit: limit, breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: OpenFor,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		IsSuccessful: func(err error) bool { return !errors.Is(err, errTimeout) },
		IsExcluded:   func(err error) bool { return errors.Is(err, errCancelled) },
	})}
}

// Once sends r once, whatever happens, and calls handle with the response, which has to read what it needs of the body;
// that ends with ErrTooLarge after maxBytes. Redirects are not followed. The error is ErrOpen, ErrTimeout or
// ErrUnreachable if there is no response, else that of handle.
func (e *Endpoint) Once(r *http.Request, maxBytes int64, handle func(*http.Response) error) error {
	return e.protect(r.Context(), func(ctx context.Context) error {
		_, _, err := e.try(r.WithContext(ctx), maxBytes, handle)
		return err
	})
}

// Read is [Endpoint.Once] for a request that changes nothing. It is retried after a broken connection and after 429,
// 502, 503 and 504, unless Retry-After is long; not after a time-out, nor when the failure was slow to come. handle is
// called with each response; the error is that of the last try. A request with a body needs GetBody.
func (e *Endpoint) Read(r *http.Request, maxBytes int64, handle func(*http.Response) error) error {
	return e.protect(r.Context(), func(ctx context.Context) error {
		pauses := backoff.NewExponentialBackOff() // randomized, so that not all callers come back at once
		pauses.InitialInterval = firstPause
		for began, n := time.Now(), 1; ; n++ {
			r := r.WithContext(ctx)
			if r.GetBody != nil {
				body, err := r.GetBody()
				if err != nil {
					return err
				}
				r.Body = body
			}
			retryAfter, retry, err := e.try(r, maxBytes, handle)
			pause := retryAfter + pauses.NextBackOff()
			if !retry || n == maxTries || time.Since(began)+pause > min(retryWithin, e.limit) {
				return err
			}
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return errors.Join(ctx.Err(), err)
			}
		}
	})
}

// protect makes a call within the time limit and tells the breaker how it ended.
func (e *Endpoint) protect(ctx context.Context, call func(context.Context) error) error {
	var result error
	_, err := e.breaker.Execute(func() (struct{}, error) {
		ctx, cancel := context.WithTimeout(ctx, e.limit)
		defer cancel()
		result = call(ctx)
		switch {
		case result != nil && isTimeout(ctx, result):
			return struct{}{}, errTimeout
		case result != nil && ctx.Err() != nil:
			return struct{}{}, errCancelled
		}
		return struct{}{}, nil
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return fmt.Errorf("%s: %w", e.breaker.Name(), ErrOpen)
	}
	return result
}

// Open reports whether a request would not be sent now, so that nobody begins one, or waits for another's, in vain.
func (e *Endpoint) Open() bool {
	switch e.breaker.State() {
	case gobreaker.StateOpen:
		return true
	case gobreaker.StateHalfOpen:
		c := e.breaker.Counts()
		return c.Requests > c.TotalExclusions // the one request is under way
	default:
		return false
	}
}
