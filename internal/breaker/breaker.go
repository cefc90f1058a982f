// Package breaker bounds the time of calls to another server, and stops making them for a while once that server does
// not answer: one that is dead must not hold every visitor for all of that time.
package breaker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Rest is how long a server is left alone for. Then one call is made, and what becomes of it decides.
const Rest = 5 * time.Second

// ErrNotAsked is the error of a call that was not made: nothing was sent, so nothing can have been done.
var ErrNotAsked = errors.New("not asked")

var (
	errTimedOut = errors.New("timed out")
	errLeft     = errors.New("the caller has left")
)

// Breaker guards one sort of calls: those that are slow or dead together. It is safe for concurrent use.
type Breaker struct {
	limit     time.Duration
	tripAfter uint32
	circuit   *gobreaker.CircuitBreaker[struct{}]
}

// New makes a Breaker for calls that may take up to limit, and that are no longer made after so many time-outs in a
// row. Nothing but time-outs counts: an error that comes at once holds nobody, and may be over with the next call.
func New(name string, limit time.Duration, tripAfter uint32) *Breaker {
	return &Breaker{limit: limit, tripAfter: tripAfter, circuit: gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name: name, Timeout: Rest,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		IsSuccessful: func(err error) bool { return !errors.Is(err, errTimedOut) },
		// A visitor who leaves tells nothing of the far side.
		IsExcluded: func(err error) bool { return errors.Is(err, errLeft) },
	})}
}

// Do makes a call within the limit and gives its error, or [ErrNotAsked] while the other side is left alone. The call
// has to be over with its answer read: a server that sends a byte now and then holds a visitor as well as a silent one.
func (b *Breaker) Do(ctx context.Context, call func(context.Context) error) error {
	var result error
	_, refused := b.circuit.Execute(func() (struct{}, error) {
		ctx, cancel := context.WithTimeout(ctx, b.limit)
		defer cancel()
		result = call(ctx)
		return struct{}{}, told(ctx, result)
	})
	if errors.Is(refused, gobreaker.ErrOpenState) || errors.Is(refused, gobreaker.ErrTooManyRequests) {
		return fmt.Errorf("%w, after %d time-outs in a row: %w", ErrNotAsked, b.tripAfter, refused)
	}
	return result
}

// told is what a call's end tells of the other side.
func told(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case TimedOut(ctx, err):
		return errTimedOut
	case ctx.Err() != nil || errors.Is(err, context.Canceled):
		return errLeft
	default:
		return nil // it answers, if badly
	}
}

// Resting reports whether a call would not be made now, so that nobody has to begin one, or to wait for another's, to
// learn of it.
func (b *Breaker) Resting() bool {
	switch b.circuit.State() {
	case gobreaker.StateOpen:
		return true
	case gobreaker.StateHalfOpen:
		c := b.circuit.Counts()
		return c.Requests > c.TotalExclusions // the one call is under way
	default:
		return false
	}
}

// TimedOut tells a time-out from another failure of a call. At the end of the time of ctx, the call's own, it may have
// been us who closed the connection.
func TimedOut(ctx context.Context, err error) bool {
	var ne net.Error
	return err != nil && (errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &ne) && ne.Timeout())
}
