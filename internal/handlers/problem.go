package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
	"wallaroo-user-admin/web/templates"
)

const (
	nothingChanged = "Nothing was changed."
	nobodyInvited  = "Nobody was invited."
)

// problem is an error as an error page shows it: what failed, what was and
// wasn't done, and the next steps. Its cause is only logged.
type problem struct {
	status               int
	title, message, done string
	next                 []templates.Action
	// retryAfter is the value of the Retry-After header.
	retryAfter time.Duration
	cause      error
}

func (p *problem) Error() string {
	if p.cause == nil {
		return p.title
	}
	return p.title + ": " + p.cause.Error()
}

func (p *problem) Unwrap() error { return p.cause }

// problemOf returns the problem for an error; 500 for an error it does not
// know.
func problemOf(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	for _, known := range []func(error) *problem{authProblem, directoryProblem, changeProblem, apiProblem, bodyProblem} {
		if p := known(err); p != nil {
			p.cause = err
			return p
		}
	}
	return &problem{
		status: http.StatusInternalServerError, title: "Something failed on our side",
		message: "The details are in this server’s log, under the request ID below.", cause: err,
	}
}

func authProblem(err error) *problem {
	switch auth.KindOf(err) {
	case auth.ProviderUnavailable:
		return &problem{
			status: http.StatusServiceUnavailable, title: "The identity provider does not answer",
			message: "Your session can’t be checked or renewed until it is back.", done: nothingChanged,
			retryAfter: auth.RetryAfter(err),
		}
	case auth.Misconfigured:
		if ahead := auth.ClockAhead(err); ahead != 0 {
			return clockProblem(ahead)
		}
		return &problem{
			status: http.StatusBadGateway, title: "The identity provider is not set up for this dashboard",
			message: "The issuer or the client in the settings doesn’t match the provider. An operator finds the reason in this server’s log, " +
				"and the steps in docs/identity-provider.md.",
		}
	case auth.BadRequest:
		return &problem{
			status: http.StatusBadRequest, title: "This request makes no sense",
			message: "A part of the address is missing or wrong.",
		}
	case auth.StoreUnavailable:
		return &problem{
			status: http.StatusServiceUnavailable, title: "Our database does not answer",
			message: "Sessions can’t be read until it is back.", done: nothingChanged,
		}
	default:
		return nil
	}
}

// clockProblem returns the problem for a sign-in that failed since the clocks
// differ; ahead is that of the identity provider.
func clockProblem(ahead time.Duration) *problem {
	side := "ahead of"
	if ahead < 0 {
		side = "behind"
	}
	return &problem{
		status: http.StatusBadGateway, title: "The clocks of the identity provider and this server differ",
		message: fmt.Sprintf("The identity provider is %s %s this server, and less than a minute is accepted. An operator has to set the "+
			"wrong one, by NTP for example.", templates.Count(int(ahead.Abs().Round(time.Second)/time.Second), "second", "seconds"), side),
	}
}

func directoryProblem(err error) *problem {
	switch {
	case errors.Is(err, directory.ErrNoAccount):
		return &problem{
			status: http.StatusNotFound, title: "There is no such user",
			message: "The link may be old, or the account may have been removed in the identity provider.",
		}
	default:
		return nil
	}
}

// changeProblem returns the problem for a change that failed or whose outcome
// is unknown.
func changeProblem(err error) *problem {
	switch {
	case errors.Is(err, changes.ErrNoKey):
		return &problem{
			status: http.StatusBadRequest, title: "This form is incomplete",
			message: "Open the page anew and fill it in again.", done: nothingChanged,
		}
	case errors.Is(err, changes.ErrLogUnreadable):
		return &problem{
			status: http.StatusServiceUnavailable, title: "Our database does not answer",
			message: "Without it no change is sent.", done: nothingChanged,
		}
	case errors.Is(err, changes.ErrNotWritten):
		return &problem{
			status: http.StatusServiceUnavailable, title: "This could not be written down",
			message: "A change is sent only after it is in the activity log, and our database did not take it.", done: nothingChanged,
		}
	case errors.Is(err, changes.ErrUnknown):
		return &problem{
			status: http.StatusBadGateway, title: "Wallaroo did not say whether it was done",
			message: "The change was sent once, and no clear answer came. Look at the account before you try again.",
			done:    "It may or may not have been changed.",
		}
	case errors.Is(err, changes.ErrPending):
		p := apiProblem(err)
		p.message += " The change was sent once, and the account is as it was. Look at it again before you repeat the change."
		p.done = "It may still be done."
		return p
	case errors.Is(err, changes.ErrUnchanged):
		return &problem{
			status: http.StatusBadGateway, title: "Wallaroo said that it was done, but the account is unchanged",
			message: "It was read again after the change. An identity provider’s rule or another administrator may have undone it.",
			done:    nothingChanged,
		}
	}
	if refused, ok := errors.AsType[*changes.RefusedError](err); ok {
		return &problem{
			status: http.StatusConflict, title: "This account can’t be changed here",
			message: refused.Reason.Text(), done: nothingChanged,
		}
	}
	return nil
}

// apiProblem returns the problem for an error of the users API.
func apiProblem(err error) *problem {
	switch {
	case errors.Is(err, wallaroo.ErrForbidden):
		return &problem{
			status: http.StatusForbidden, title: "Wallaroo refused this",
			message: "Your account may lack the administrator role in Wallaroo, or may have lost it.", done: nothingChanged,
		}
	case errors.Is(err, wallaroo.ErrRejected):
		return &problem{
			status: http.StatusBadGateway, title: "Wallaroo found fault with this request",
			message: "Its answer is in this server’s log. Some accounts, such as those with special characters in a name, can only be changed in Keycloak.",
			done:    nothingChanged,
		}
	case errors.Is(err, wallaroo.ErrNotFound):
		return &problem{
			status: http.StatusBadGateway, title: "This Wallaroo has no such call",
			message: "The users API at the configured address doesn’t know this call. An operator should check WALLAROO_URL and the version.",
			done:    nothingChanged,
		}
	case errors.Is(err, wallaroo.ErrTooMany):
		return tooManyProblem(err)
	case errors.Is(err, wallaroo.ErrServer):
		return upstream(http.StatusBadGateway, "Wallaroo failed", "Its users API answered with an error of its own.")
	case errors.Is(err, wallaroo.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return upstream(http.StatusGatewayTimeout, "Wallaroo does not answer in time", "It may be busy or restarting.")
	case errors.Is(err, wallaroo.ErrUnreachable):
		return upstream(http.StatusBadGateway, "Wallaroo does not answer", "The connection failed or broke off.")
	case errors.Is(err, wallaroo.ErrMalformed):
		return upstream(http.StatusBadGateway, "Wallaroo’s answer can’t be read", "Something else may have answered in its place, or the answer was cut short.")
	case errors.Is(err, wallaroo.ErrTooLarge):
		return upstream(http.StatusBadGateway, "Wallaroo’s answer is too large", "It is over 256 MiB, which is more than this dashboard reads.")
	default:
		return nil
	}
}

func tooManyProblem(err error) *problem {
	p := &problem{
		status: http.StatusServiceUnavailable, title: "Wallaroo is asked too often",
		message: "It wants a pause before the next request.", done: nothingChanged,
	}
	var e *wallaroo.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		p.retryAfter = e.RetryAfter
		p.message = "It wants a pause of " + distance(e.RetryAfter) + "."
	}
	return p
}

func upstream(status int, title, message string) *problem {
	return &problem{status: status, title: title, message: message, done: "You are still signed in. " + nothingChanged}
}

func bodyProblem(err error) *problem {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &problem{
			status: http.StatusRequestEntityTooLarge, title: "That is too much text",
			message: "The form is larger than this page accepts.", done: nothingChanged,
		}
	}
	return nil
}

// plain returns title and message for a status without an error of its own.
func plain(status int) (title, message string) {
	switch status {
	case http.StatusNotFound:
		return "There is no such page", "The link may be old or mistyped."
	case http.StatusMethodNotAllowed:
		return "This page can’t be used in this way", "The address is right, but the kind of request is not."
	case http.StatusBadRequest:
		return "This request makes no sense", "A part of it is missing or wrong."
	default:
		return "Something failed on our side", "The details are in this server’s log, under the request ID below."
	}
}
