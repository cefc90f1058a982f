package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wallaroo-user-admin/internal/upstream"
)

// Kind says what went wrong, as far as the reader of a page needs to know. It is an error, so that
// errors.Is(err, auth.SignInNeeded) asks for it.
type Kind string

// The kinds of [Error].
const (
	// SignInNeeded: there is no session, or it has ended. Send the reader to sign in.
	SignInNeeded Kind = "sign-in needed"
	// TokenRefused: the API refuses even the token that was renewed for it, though the session is good.
	TokenRefused Kind = "token refused"
	// NotAdministrator: who signed in has none of the administrator roles. Error.Who names them.
	NotAdministrator Kind = "not an administrator"
	// SignInRefused: a callback or its tokens did not hold. No session was made; signing in again may work.
	SignInRefused Kind = "sign-in refused"
	// ProviderError: the provider itself answered the sign-in with an error. Error.Code and Error.Description are its
	// words, untrusted text.
	ProviderError Kind = "provider error"
	// ProviderUnavailable: the provider did not answer, or not in a way that makes sense. Later may work.
	ProviderUnavailable Kind = "provider unavailable"
	// Misconfigured: the provider is there, but is not the configured issuer or does not know our client. An operator
	// has to act.
	Misconfigured Kind = "misconfigured"
	// BadRequest: the request is malformed; no provider and no honest page sends such a one.
	BadRequest Kind = "bad request"
	// StoreUnavailable: our own session store failed.
	StoreUnavailable Kind = "session store unavailable"
)

// Error makes a Kind an error value.
func (k Kind) Error() string { return "auth: " + string(k) }

// Error is every error of this package. Show Kind's page; the cause is for the log alone.
type Error struct {
	Kind Kind
	// Reason is a word or two for log and audit: which check failed. Never a token or the far side's text.
	Reason string
	// Who names the signed-in user where Kind is NotAdministrator.
	Who string
	// Code and Description are the provider's words where Kind is ProviderError, cut to a readable length. They came
	// in a URL, though one with a valid state: escape them.
	Code, Description string
	// ReturnTo is the page that a sign-in which failed was to come back to, for SignInURL to try again; empty when it
	// is not known.
	ReturnTo string
	// RetryAfter is how long the provider is left alone for, where it was not asked; else 0.
	RetryAfter time.Duration

	cause error
}

// Error tells kind, reason and cause, for the log.
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

// KindOf returns the Kind of err, or "" where err is not of this package.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// RetryAfter returns how long the provider is left alone for, where err says that it was not asked; else 0.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
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

// Action names what an [Event] tells of.
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

// record logs an event and tells of it.
func (rp *RelyingParty) record(ctx context.Context, e Event) {
	rp.log.InfoContext(ctx, "auth: "+string(e.Action), "sub", e.Subject, "who", e.Who, "reason", e.Reason)
	rp.tell(ctx, e)
}

func (rp *RelyingParty) tell(ctx context.Context, e Event) {
	e.Issuer = rp.provider.issuer
	rp.onEvent(ctx, e)
}
