package wallaroo

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"wallaroo-user-admin/internal/upstream"
)

// What went wrong with a call, to be tested with errors.Is. Every error of a
// Client's method is an *Error that wraps one of these.
var (
	// ErrUnauthorized is a 401: the token isn't accepted. Nothing was done.
	ErrUnauthorized = errors.New("the API refused the token")
	// ErrForbidden is a 403: the caller may not, or the licence's user limit is
	// reached. Nothing was done.
	ErrForbidden = errors.New("the API refused the call")
	// ErrRejected is a 400, 409, 422 or another 4xx: the API found fault with what
	// was asked. Nothing was done.
	ErrRejected = errors.New("the API found fault with the request")
	// ErrNotFound is a 404, 405 or 501: the instance doesn't have this call.
	ErrNotFound = errors.New("the API has no such call")
	// ErrTooMany is a 429. Nothing was done; Error.RetryAfter may say when to ask
	// again.
	ErrTooMany = errors.New("the API is asked too often")
	// ErrServer is a 5xx. A change may or may not have been done.
	ErrServer = errors.New("the API failed")
	// ErrTimeout means no whole answer within the time limit. A change may or may
	// not have been done.
	ErrTimeout = errors.New("the API did not answer in time")
	// ErrUnreachable means no connection, or one that broke, be it in the middle of
	// an answer. A change may or may not have been done, unless Error.Sent is false.
	ErrUnreachable = errors.New("the API cannot be reached")
	// ErrMalformed is a whole answer that isn't what the API documents: HTML, cut
	// JSON, no users. A change may or may not have been done.
	ErrMalformed = errors.New("the API's answer cannot be read")
	// ErrTooLarge is an answer over the size limit.
	ErrTooLarge = errors.New("the API's answer is too large")
)

// Error tells which call failed and how.
type Error struct {
	// Op is the call: "query", "invite", "activate" or "deactivate".
	Op string
	// Kind is one of the package's Err values.
	Kind error
	// Status is the HTTP status, 0 without an answer.
	Status int
	// RetryAfter is how long the API asks to wait; 0 if it doesn't say.
	RetryAfter time.Duration
	// Sent is false when the request surely never left: nothing was done.
	Sent bool
	// cause is for the log. It may hold the far side's text, which no page shows.
	cause error
}

// Error is for the log, not for people.
func (e *Error) Error() string {
	s := fmt.Sprintf("users/%s: %v", e.Op, e.Kind)
	if e.Status != 0 {
		s += fmt.Sprintf(" (status %d)", e.Status)
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error { return []error{e.Kind, e.cause} }

// InDoubt reports whether a change that failed with err may have been done all
// the same, so that only a look at the account can tell.
func InDoubt(err error) bool {
	var e *Error
	if !errors.As(err, &e) || !e.Sent {
		return false
	}
	return slices.Contains([]error{ErrServer, ErrTimeout, ErrUnreachable, ErrMalformed, ErrTooLarge}, e.Kind)
}

func statusKind(status int) error {
	switch status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return ErrNotFound
	case http.StatusTooManyRequests:
		return ErrTooMany
	}
	switch {
	case status >= 500:
		return ErrServer
	case status >= 400:
		return ErrRejected
	default:
		// A redirect, or an odd success: not something this API answers.
		return ErrMalformed
	}
}

// readKind tells why an answer could not be read: too long, too late, a broken
// connection, or nonsense.
func readKind(err error) error {
	switch {
	case errors.Is(err, upstream.ErrTooLarge):
		return ErrTooLarge
	case errors.Is(err, upstream.ErrTimeout):
		return ErrTimeout
	case errors.Is(err, upstream.ErrUnreachable):
		return ErrUnreachable
	default:
		return ErrMalformed
	}
}

// unanswered makes an *Error of an error that came instead of an answer.
func unanswered(op string, err error) error {
	if _, answered := errors.AsType[*Error](err); answered || err == nil {
		return err
	}
	if errors.Is(err, upstream.ErrOpen) {
		return &Error{Op: op, Kind: ErrTimeout, RetryAfter: upstream.OpenFor, cause: err}
	}
	return &Error{Op: op, Kind: readKind(err), Sent: !neverSent(err), cause: err}
}

// neverSent reports whether the connection was never made.
func neverSent(err error) bool {
	oe, ok := errors.AsType[*net.OpError](err)
	return ok && oe.Op == "dial"
}
