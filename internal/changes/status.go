package changes

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

// Activate lets an account sign in again (POST /v1/api/users/activate). The error
// is directory.ErrNoAccount, a *RefusedError, ErrNotWritten, ErrUnchanged,
// ErrUnknown, ErrPending, or the API's own: then nothing was done.
func (c *Changes) Activate(ctx context.Context, r Request, id string) (Result, error) {
	return c.setActive(ctx, r, id, true)
}

// Deactivate keeps an account from signing in (POST /v1/api/users/deactivate). Its
// errors are those of [Changes.Activate].
func (c *Changes) Deactivate(ctx context.Context, r Request, id string) (Result, error) {
	return c.setActive(ctx, r, id, false)
}

// errNoStatus means that the account was read, and the answer has no status.
var errNoStatus = errors.New("the answer does not say whether the account is active")

func (c *Changes) setActive(ctx context.Context, r Request, id string, active bool) (result Result, err error) {
	if result.Account, err = c.prepare(ctx, r, id, active); err != nil {
		return result, err
	}
	before := result.Account
	err = c.carryOut(ctx, r, &result, action(active), target(before), func(ctx context.Context) (string, error) {
		after, err := c.sendStatus(ctx, r.Caller, before, active, result.Event)
		result.Account = after
		return "", err
	})
	return result, err
}

// prepare reads the account afresh and judges the change. A refusal is written
// into the audit log.
func (c *Changes) prepare(ctx context.Context, r Request, id string, active bool) (*directory.Account, error) {
	ctx, cancel := preparing(ctx)
	defer cancel()
	a, err := c.directory.ForChange(ctx, r.Caller, id)
	if err != nil {
		return nil, err
	}
	reason := c.Refuses(r.Caller, a, active)
	if reason == "" {
		return a, nil
	}
	e := r.event(action(active), target(a))
	e.OnceKey, e.Outcome, e.Detail = "", audit.Refused, reason.Text()
	if _, err := c.log.Record(ctx, e); err != nil {
		c.logger.Error("a refusal could not be written down", slog.Any("error", err))
	}
	return a, &RefusedError{Reason: reason}
}

// sendStatus sends the change once, reads the account back by id, and returns it
// as the API has it then.
func (c *Changes) sendStatus(ctx context.Context, by directory.Caller, a *directory.Account, active bool, event string) (*directory.Account, error) {
	_, sendErr := wallaroo.WithToken(ctx, by.Tokens, func(token string) (struct{}, error) {
		if active {
			return struct{}{}, c.api.Activate(ctx, token, a.Email)
		}
		return struct{}{}, c.api.Deactivate(ctx, token, a.Email)
	})
	if sendErr != nil && !wallaroo.InDoubt(sendErr) {
		return a, sendErr
	}
	after, err := c.directory.ReadBack(ctx, by, a.ID, event)
	switch {
	case err != nil:
		return a, fmt.Errorf("%w: %w", ErrUnknown, errors.Join(sendErr, err))
	case after.Status() == directory.StatusUnknown:
		return after, fmt.Errorf("%w: %w", ErrUnknown, errors.Join(sendErr, errNoStatus))
	case after.Enabled == wallaroo.BoolOf(active):
		return after, nil
	case sendErr != nil:
		return after, notDone(sendErr)
	default:
		return after, ErrUnchanged
	}
}

func action(active bool) audit.Action {
	if active {
		return audit.Activate
	}
	return audit.Deactivate
}

// target is an account as it is now, for the audit log.
func target(a *directory.Account) audit.Target {
	return audit.Target{ID: a.ID, Email: a.Email, Name: a.Name()}
}
