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

// The kinds of error, for errors.Is. Every error of a method of Client or
// Writer is an *Error that wraps one of these.
var (
	// ErrUnauthorized is a 401: the token was not accepted. Nothing was done.
	ErrUnauthorized = errors.New("the API refused the token")
	// ErrForbidden is a 403: the caller lacks the permission, or the licence's
	// user limit is reached. Nothing was done.
	ErrForbidden = errors.New("the API refused the call")
	// ErrRejected is a 400, 409, 422 or another 4xx: the request was invalid.
	// Nothing was done.
	ErrRejected = errors.New("the API found fault with the request")
	// ErrNotFound is a 404, 405 or 501: the instance doesn't have this
	// endpoint.
	ErrNotFound = errors.New("the API has no such call")
	// ErrTooMany is a 429; see Error.RetryAfter. Nothing was done.
	ErrTooMany = errors.New("the API is asked too often")
	// ErrServer is a 5xx. A change may have been done.
	ErrServer = errors.New("the API failed")
	// ErrTimeout means no complete answer within the time limit. A change may
	// have been done.
	ErrTimeout = errors.New("the API did not answer in time")
	// ErrUnreachable means no connection, or one that broke before the answer
	// was complete. A change may have been done unless Error.Sent is false.
	ErrUnreachable = errors.New("the API cannot be reached")
	// ErrMalformed is a complete answer that isn't what the API documents:
	// HTML, truncated JSON, no "users". A change may have been done.
	ErrMalformed = errors.New("the API's answer cannot be read")
	// ErrTooLarge is an answer above the size limit.
	ErrTooLarge = errors.New("the API's answer is too large")
)

// Error describes a failed call.
type Error struct {
	// Op is the call: "query", "invite", "activate" or "deactivate".
	Op string
	// Kind is one of the package's Err values.
	Kind error
	// Status is the HTTP status, 0 without an answer.
	Status int
	// RetryAfter is the Retry-After header's delay; 0 if there is none.
	RetryAfter time.Duration
	// Sent is false if the request was certainly not sent, so nothing was done.
	Sent bool
	// cause is for the log only: it may contain text of the API, which no page
	// shows.
	cause error
}

// Error returns the message for the log, not for users.
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

// InDoubt reports whether a change that failed with err may have been done
// nevertheless, so that the account has to be read to find out.
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
		// A redirect or another 2xx: not documented for this API.
		return ErrMalformed
	}
}

// readKind returns the kind of an error while reading an answer: too large, too
// late, a broken connection, or malformed.
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

// unanswered returns the *Error for a call that got no answer.
func unanswered(op string, err error) error {
	if _, answered := errors.AsType[*Error](err); answered || err == nil {
		return err
	}
	if errors.Is(err, upstream.ErrOpen) {
		return &Error{Op: op, Kind: ErrTimeout, RetryAfter: upstream.OpenFor, cause: err}
	}
	return &Error{Op: op, Kind: readKind(err), Sent: !neverSent(err), cause: err}
}

// neverSent reports whether the connection was never established.
func neverSent(err error) bool {
	oe, ok := errors.AsType[*net.OpError](err)
	return ok && oe.Op == "dial"
}
