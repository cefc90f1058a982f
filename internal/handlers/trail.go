package handlers

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

// newKey makes a form good for one time.
func newKey() string { return rand.Text() }

// intend writes a change down before it is sent. If that fails the change is
// not sent. A form's one-time key that was used before is an *audit.RepeatedError.
func (s *site) intend(r *http.Request, action audit.Action, t audit.Target) (string, error) {
	e := event(r, action, t)
	e.OnceKey = onceKey(r)
	id, err := s.Audit.Intent(r.Context(), e)
	if err != nil && !errors.Is(err, audit.ErrRepeated) {
		return "", &problem{
			status: http.StatusServiceUnavailable, title: "This could not be written down",
			message: "A change is sent only after it is in the activity log, and our database did not take it.", done: nothingChanged, cause: err,
		}
	}
	return id, err
}

// onceKey binds a form's key to who sent it, so that nobody can use up
// another's. No key of ours has a line break, which ends the name before it.
func onceKey(r *http.Request) string {
	key := r.PostFormValue("key")
	if key == "" || len(key) > 64 || strings.Contains(key, "\n") {
		return ""
	}
	return auth.From(r.Context()).Key() + "\n" + key
}

func event(r *http.Request, action audit.Action, t audit.Target) audit.Event {
	e := audit.Event{Action: action, Target: t, RequestID: requestID(r.Context())}
	if id := auth.From(r.Context()); id != nil {
		e.Actor = audit.Person{Issuer: id.Issuer, Subject: id.Subject, Name: id.Who(), Email: id.Email}
	}
	return e
}

// targetOf is an account as it is now, for the log.
func targetOf(a *directory.Account) audit.Target {
	return audit.Target{ID: a.ID, Email: a.Email, Name: a.Name()}
}

// conclude writes a change's outcome down. If the database fails, the intent
// stays open, and a read from after it settles it.
func (s *site) conclude(r *http.Request, id string, changeErr error, patch audit.Target) {
	outcome, detail := outcomeOf(changeErr)
	if err := s.Audit.Outcome(r.Context(), id, outcome, detail, patch); err != nil {
		s.log.Error("an outcome could not be written down", slog.String("event", id),
			slog.String("outcome", string(outcome)), slog.Any("error", err))
	}
}

// recordRefused writes down what was refused here, before anything was sent.
func (s *site) recordRefused(r *http.Request, action audit.Action, a *directory.Account, why string) {
	e := event(r, action, targetOf(a))
	e.Outcome, e.Detail = audit.Refused, why
	if _, err := s.Audit.Record(r.Context(), e); err != nil {
		s.log.Error("a refusal could not be written down", slog.Any("error", err))
	}
}

// outcomeOf tells how a change ended, in a few words for the log.
func outcomeOf(err error) (audit.Outcome, string) {
	var e *wallaroo.Error
	switch {
	case err == nil:
		return audit.Done, ""
	case errors.Is(err, directory.ErrInvitedUnseen):
		return audit.Done, "No answer came; the account was found afterwards"
	case errors.Is(err, directory.ErrUnknown):
		return audit.Unknown, "No clear answer from Wallaroo"
	case errors.Is(err, directory.ErrPending):
		return audit.Unknown, "No answer from Wallaroo; not done when it was looked at, but it may still be"
	case errors.Is(err, directory.ErrUnchanged):
		return audit.Failed, "Wallaroo said done, but nothing changed"
	case errors.Is(err, wallaroo.ErrForbidden):
		return audit.Refused, "Wallaroo refused: seat limit or permission"
	case errors.As(err, &e) && e.Status != 0 && e.Status != http.StatusOK:
		return audit.Failed, "Wallaroo answered " + strconv.Itoa(e.Status)
	default:
		return audit.Failed, "No answer from Wallaroo; the account is unchanged"
	}
}
