// Package audit writes down who did what to whom, when, and with what result:
// an intent before each change, its outcome after. What has an intent and no
// outcome, since the server died or the API timed out, stays open until
// somebody looks.
package audit

import (
	"errors"
	"fmt"
	"time"
)

// Action says what was done. Others than the ones named here may be used.
type Action string

// The actions of the dashboard. Those that begin with "outside." were seen in
// the directory and done by other hands; they have no actor.
const (
	Invite        Action = "invite"
	Activate      Action = "activate"
	Deactivate    Action = "deactivate"
	SignIn        Action = "sign-in"
	SignInRefused Action = "sign-in-refused"
	RoleDenied    Action = "role-denied"
	SignOut       Action = "sign-out"
	EndSessions   Action = "end-sessions"
	Export        Action = "export"

	OutsideAppeared    Action = "outside.appeared"
	OutsideVanished    Action = "outside.vanished"
	OutsideActivated   Action = "outside.activated"
	OutsideDeactivated Action = "outside.deactivated"
	OutsideEmail       Action = "outside.email-changed"
)

// Outcome says how it went.
type Outcome string

// The outcomes. Intended and Unknown are open: the truth is still to be found
// out. The others are final.
const (
	Intended Outcome = "intended" // written down, and nothing heard since
	Unknown  Outcome = "unknown"  // the answer never came, such as after a time-out
	Done     Outcome = "done"
	Failed   Outcome = "failed"  // tried, and not done
	Refused  Outcome = "refused" // by us, or by the API
)

// IsOpen tells whether the outcome is still to be found out.
func (o Outcome) IsOpen() bool { return o == Intended || o == Unknown }

func (o Outcome) valid() bool {
	switch o {
	case Intended, Unknown, Done, Failed, Refused:
		return true
	default:
		return false
	}
}

// Person is who did it, as they were when they did. Issuer and Subject say who
// it is (OpenID Connect Core 1.0, section 5.7); the rest is for reading.
type Person struct {
	Issuer, Subject string
	Name, Email     string
}

// Is reports whether the log's person is somebody whom an issuer calls subject.
// It compares as the log keeps them, since it cuts what is very long.
func (p Person) Is(issuer, subject string) bool {
	return clean(p.Issuer, maxIssuer) == clean(issuer, maxIssuer) && clean(p.Subject, maxSubject) == clean(subject, maxSubject)
}

// Target is the account that it was done to, as it was then. ID is empty as
// long as there is none, as before an invitation.
type Target struct {
	ID, Email, Name string
}

// Observation is what is known of an event that was detected by comparing two
// lists of the users. It is zero for all other events.
type Observation struct {
	// Since and Until are when the request for the older list was sent and when the
	// newer one was complete; it happened in between. UTC, stored in milliseconds.
	Since, Until time.Time
	// Accounts is the number of accounts; more than 1 for an event that stands for
	// all of them and has no Target.
	Accounts int
}

// Seconds returns Since and Until in UTC, rounded outwards to whole seconds.
func (o Observation) Seconds() (since, until time.Time) {
	return o.Since.UTC().Truncate(time.Second), o.Until.UTC().Add(time.Second - 1).Truncate(time.Second)
}

// Event is one thing that was done or tried. All text is sanitized when it is
// written: valid UTF-8, no control characters, bounded length, no tokens.
type Event struct {
	ID      string    // UUIDv7, given by the log: ids sort by time
	Time    time.Time // UTC, given by the log
	Settled time.Time // when its outcome was known; zero while it is open

	Actor   Person
	Action  Action
	Target  Target
	Outcome Outcome
	Detail  string // a short reason, for people
	Note    string // what the actor wanted to add

	// Old and New are the value before and after, if the action replaced one:
	// the address for OutsideEmail, "" for none.
	Old, New string
	// Observed is set for the actions that begin with "outside.".
	Observed Observation

	RequestID string
	// OnceKey is the one-time key of the form behind the event, so that a
	// repeated post is refused; "" if there is none. It is kept as a hash, so
	// an event that was read has none.
	OnceKey string
}

// Errors that a caller may want to tell apart with [errors.Is].
var (
	// ErrRepeated: an event with this OnceKey is there already. The error is a
	// [*RepeatedError] and carries it.
	ErrRepeated = errors.New("audit: done already")
	// ErrNotFound: there is no such event.
	ErrNotFound = errors.New("audit: no such event")
	// ErrSettled: the event's outcome is final, and stays.
	ErrSettled = errors.New("audit: outcome known already")
	// ErrIncomplete: an event without an action, or an outcome that is none.
	ErrIncomplete = errors.New("audit: incomplete event")
)

// RepeatedError says which event has the same OnceKey. It is [ErrRepeated].
type RepeatedError struct{ First Event }

// Error implements error.
func (e *RepeatedError) Error() string {
	return fmt.Sprintf("%v: event %s", ErrRepeated, e.First.ID)
}

// Is makes errors.Is(err, ErrRepeated) true.
func (e *RepeatedError) Is(target error) bool { return target == ErrRepeated }
