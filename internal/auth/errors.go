package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wallaroo-user-admin/internal/upstream"
)

// Kind classifies an [Error] for the page that shows it. It is an error itself, for errors.Is(err, auth.SignInNeeded).
type Kind string

// The kinds of [Error].
const (
	// SignInNeeded: there is no session, or it has ended. Redirect to sign-in.
	SignInNeeded Kind = "sign-in needed"
	// TokenRefused: the API rejects even a renewed token, though the session is valid.
	TokenRefused Kind = "token refused"
	// NotAdministrator: the user has none of the administrator roles. Error.Who is their name.
	NotAdministrator Kind = "not an administrator"
	// SignInRefused: a callback or its tokens are invalid. There is no session; signing in again may work.
	SignInRefused Kind = "sign-in refused"
	// ProviderError: the callback has an error response (RFC 6749 section 4.1.2.1). Error.Code and Error.Description
	// are its untrusted text.
	ProviderError Kind = "provider error"
	// ProviderUnavailable: the provider did not respond, or with an invalid response. A later try may work.
	ProviderUnavailable Kind = "provider unavailable"
	// Misconfigured: the provider is not the configured issuer, does not accept our client, or has another time. An
	// operator has to act.
	Misconfigured Kind = "misconfigured"
	// BadRequest: the request is malformed; neither the provider nor our pages send such requests.
	BadRequest Kind = "bad request"
	// StoreUnavailable: our own session store failed.
	StoreUnavailable Kind = "session store unavailable"
)

// Error implements error.
func (k Kind) Error() string { return "auth: " + string(k) }

// Error is the type of all errors of this package. Show the page for Kind; the cause is only for the log.
type Error struct {
	Kind Kind
	// Reason is a short text for log and audit: which check failed. It contains no token.
	Reason string
	// Who names the signed-in user where Kind is NotAdministrator.
	Who string
	// Code and Description are error and error_description of the callback if Kind is ProviderError, truncated. They
	// are untrusted input, though the state was valid: escape them.
	Code, Description string
	// ReturnTo is the page that a failed sign-in was to return to, for SignInURL; "" if unknown.
	ReturnTo string
	// ClockAhead is by how much the provider's clock is ahead of ours, negative if it is behind, if Kind is
	// Misconfigured because of that; else 0.
	ClockAhead time.Duration
	// RetryAfter is how long the circuit breaker stays open if no request was sent because of it; else 0.
	RetryAfter time.Duration

	cause error
}

// Error returns kind, reason and cause, for the log.
func (e *Error) Error() string {
	s := e.Kind.Error()
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is e's Kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// KindOf returns the Kind of err, or "" if err is not of this package.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// RetryAfter returns the RetryAfter of err if it is an [Error], else 0.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// ClockAhead returns the ClockAhead of err if it is an [Error], else 0.
func ClockAhead(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.ClockAhead
	}
	return 0
}

func fail(kind Kind, reason string, cause error) *Error {
	e := &Error{Kind: kind, Reason: reason, cause: cause}
	if errors.Is(cause, upstream.ErrOpen) {
		e.RetryAfter = upstream.OpenFor
	}
	return e
}

func refuse(reason, format string, args ...any) *Error {
	return fail(SignInRefused, reason, fmt.Errorf(format, args...))
}

// Action is the kind of an [Event].
type Action string

// The actions of [Event].
const (
	ActionSignedIn      Action = "signed in"
	ActionSignInRefused Action = "sign-in refused"
	ActionRoleDenied    Action = "role denied"
	ActionSignedOut     Action = "signed out"
	ActionSessionEnded  Action = "session ended" // by the provider: back-channel logout, or a refused renewal
)

// Event is one thing that happened to a session or a sign-in. Fields that are not known are empty.
type Event struct {
	Action  Action
	Issuer  string
	Subject string
	Who     string // name for people: name, e-mail, username or subject
	Reason  string // which check failed, or why a session ended
}

// record logs an event and passes it to OnEvent.
func (rp *RelyingParty) record(ctx context.Context, e Event) {
	rp.log.InfoContext(ctx, string(e.Action), "sub", e.Subject, "who", e.Who, "reason", e.Reason)
	rp.notify(ctx, e)
}

func (rp *RelyingParty) notify(ctx context.Context, e Event) {
	e.Issuer = rp.provider.issuer
	rp.onEvent(ctx, e)
}
