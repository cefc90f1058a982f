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
	// OpenFor is how long a circuit breaker stays open. Then it is half-open: the outcome of one request decides.
	OpenFor = 5 * time.Second
	// maxTries is the maximum number of attempts of a read.
	maxTries = 3
	// retryWithin is the time after a read's start in which a retry may begin; the user waits for it.
	retryWithin = 5 * time.Second
	// firstPause is the mean pause before the first retry.
	firstPause = 100 * time.Millisecond
)

// ErrOpen is the error of a request that was not sent because the breaker is open.
var ErrOpen = errors.New("circuit breaker open")

// Outcomes reported to the breaker; any other is a success.
var (
	errTimeout   = errors.New("timed out")
	errCancelled = errors.New("cancelled by the caller")
)

// Endpoint sends one kind of request to a server, with a circuit breaker of its own. It is safe for concurrent use.
type Endpoint struct {
	transport http.RoundTripper
	limit     time.Duration
	breaker   *gobreaker.CircuitBreaker[struct{}]
}

// Sender is [Endpoint.Once] or [Endpoint.Read] of an Endpoint.
type Sender func(r *http.Request, maxBytes int64, handle func(*http.Response) error) error

// New returns an Endpoint. name is for errors. limit bounds a request including its response body and retries. The breaker
// opens after tripAfter consecutive time-outs; other failures don't count, since they are quick and may be over with the
// next request.
func New(name string, transport http.RoundTripper, limit time.Duration, tripAfter uint32) *Endpoint {
	return &Endpoint{transport: transport, limit: limit, breaker: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: OpenFor,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		IsSuccessful: func(err error) bool { return !errors.Is(err, errTimeout) },
		IsExcluded:   func(err error) bool { return errors.Is(err, errCancelled) },
	})}
}

// Once sends r without retries and calls handle with the response. handle must read what it needs of the body; reading
// more than maxBytes fails with ErrTooLarge. Redirects are not followed. The error is ErrOpen, ErrTimeout or
// ErrUnreachable if there is no response, else that of handle.
func (e *Endpoint) Once(r *http.Request, maxBytes int64, handle func(*http.Response) error) error {
	return e.protect(r.Context(), func(ctx context.Context) error {
		_, _, err := e.try(r.WithContext(ctx), maxBytes, handle)
		return err
	})
}

// Read is [Endpoint.Once] for a request without side effects. It is retried after a broken connection and after status
// 429, 502, 503 and 504, unless Retry-After exceeds two seconds; not after a time-out, nor five seconds after the start.
// handle is called with each response; the error is that of the last attempt. A request with a body needs GetBody.
func (e *Endpoint) Read(r *http.Request, maxBytes int64, handle func(*http.Response) error) error {
	return e.protect(r.Context(), func(ctx context.Context) error {
		pauses := backoff.NewExponentialBackOff() // randomized, so that callers don't all retry at once
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

// protect runs call through the breaker and within the time limit.
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

// Open reports whether a request would now fail with ErrOpen: the breaker is open, or half-open with its one request under
// way.
func (e *Endpoint) Open() bool {
	switch e.breaker.State() {
	case gobreaker.StateOpen:
		return true
	case gobreaker.StateHalfOpen:
		c := e.breaker.Counts()
		return c.Requests > c.TotalExclusions // excluded requests were cancelled and decide nothing
	default:
		return false
	}
}
