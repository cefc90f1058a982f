package changes

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/wallaroo"
)

// outcomeOf returns how a change ended, with a few words for the audit log.
func outcomeOf(err error) (audit.Outcome, string) {
	var e *wallaroo.Error
	switch {
	case err == nil:
		return audit.Done, ""
	case errors.Is(err, ErrInvitedUnseen):
		return audit.Done, "No answer came; the account was found afterwards"
	case errors.Is(err, ErrUnknown):
		return audit.Unknown, "No clear answer from Wallaroo"
	case errors.Is(err, ErrPending):
		return audit.Unknown, "No answer from Wallaroo; not done when it was looked at, but it may still be"
	case errors.Is(err, ErrUnchanged):
		return audit.Failed, "Wallaroo said done, but nothing changed"
	case errors.Is(err, wallaroo.ErrForbidden):
		return audit.Refused, "Wallaroo refused: seat limit or permission"
	case errors.As(err, &e) && e.Status != 0 && e.Status != http.StatusOK:
		return audit.Failed, "Wallaroo answered " + strconv.Itoa(e.Status)
	default:
		return audit.Failed, "No answer from Wallaroo; the account is unchanged"
	}
}

// notDone is the error of a change in doubt that a read afterwards did not find
// done. An API that has answered is through with it; one that was not waited for,
// or that only a proxy answered for, may still do it.
func notDone(err error) error {
	var e *wallaroo.Error
	proxied := errors.As(err, &e) && (e.Status == http.StatusBadGateway || e.Status == http.StatusGatewayTimeout)
	if proxied || errors.Is(err, wallaroo.ErrTimeout) || errors.Is(err, wallaroo.ErrUnreachable) {
		return fmt.Errorf("%w: %w", ErrPending, err)
	}
	return err
}
