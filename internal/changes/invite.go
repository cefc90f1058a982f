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

// MemberError means that an email belongs to an account already.
type MemberError struct{ Account *directory.Account }

// Error implements error.
func (e *MemberError) Error() string { return "the email belongs to an account already" }

// Invited is what an invitation led to.
type Invited struct {
	Result
	// ID is the new account's; empty if the API didn't tell it.
	ID string
	// Password is the initial password in plain text, to be shown once.
	Password string
}

// Invite makes an account for an email (POST /v1/api/users/invite). password may
// be empty, and then Wallaroo makes a temporary one. The form's key is required.
// The error is ErrNoKey, ErrLogUnreadable, a *MemberError, ErrNotWritten,
// ErrInvitedUnseen, ErrUnknown, ErrPending, or the API's own: then nobody was
// invited.
func (c *Changes) Invite(ctx context.Context, r Request, email, password string) (invited Invited, err error) {
	if r.onceKey() == "" {
		return invited, ErrNoKey
	}
	// First of all: who was invited by this very form is a member by now.
	switch first, err := c.log.ByOnceKey(ctx, r.onceKey()); {
	case err == nil:
		invited.Event, invited.Repeated = first.ID, &first
		return invited, nil
	case !errors.Is(err, audit.ErrNotFound):
		return invited, fmt.Errorf("%w: %w", ErrLogUnreadable, err)
	}
	if err := c.checkNotMember(ctx, r.Caller, email); err != nil {
		return invited, err
	}
	err = c.carryOut(ctx, r, &invited.Result, audit.Invite, audit.Target{Email: email}, func(ctx context.Context) (string, error) {
		made, err := c.sendInvitation(ctx, r.Caller, email, password, invited.Event)
		invited.ID, invited.Password = made.ID, made.Password
		return made.ID, err
	})
	return invited, err
}

func (c *Changes) checkNotMember(ctx context.Context, by directory.Caller, email string) error {
	ctx, cancel := preparing(ctx)
	defer cancel()
	reading, err := c.directory.ReadCurrent(ctx, by, directory.ReadOptions{})
	if err != nil {
		return err
	}
	if a, member := reading.Member(email); member {
		return &MemberError{Account: a}
	}
	return nil
}

// sendInvitation sends the invitation once, and reads the new account so that the
// caller's list has it.
func (c *Changes) sendInvitation(ctx context.Context, by directory.Caller, email, password, event string) (wallaroo.Invitation, error) {
	invitation, err := wallaroo.WithToken(ctx, by.Tokens, func(token string) (wallaroo.Invitation, error) {
		return c.api.Invite(ctx, token, email, password)
	})
	if err != nil {
		return wallaroo.Invitation{}, c.afterInvitation(ctx, by, email, err)
	}
	if invitation.ID != "" {
		if _, err := c.directory.ReadBack(ctx, by, invitation.ID, event); err != nil {
			// The invitation was done all the same, and the next list has the account.
			c.logger.Info("the invited account could not be read", slog.Any("error", err))
		}
	}
	return invitation, nil
}

// afterInvitation reads the list to find out what became of an invitation that
// failed with cause. A refusal of unknown cause may mean a member whom the list
// before did not have.
func (c *Changes) afterInvitation(ctx context.Context, by directory.Caller, email string, cause error) error {
	inDoubt := wallaroo.InDoubt(cause)
	if !inDoubt && !errors.Is(cause, wallaroo.ErrRejected) {
		return cause
	}
	reading, err := c.directory.ReadCurrent(ctx, by, directory.ReadOptions{Fresh: true})
	if err != nil {
		if inDoubt {
			return fmt.Errorf("%w: %w", ErrUnknown, errors.Join(cause, err))
		}
		return cause
	}
	a, member := reading.Member(email)
	switch {
	case member && inDoubt:
		return fmt.Errorf("%w: %w", ErrInvitedUnseen, cause)
	case member:
		return &MemberError{Account: a}
	case inDoubt && reading.MaybeCut():
		return fmt.Errorf("%w: %w", ErrPending, cause) // it may be among those who are missing
	case inDoubt:
		return notDone(cause)
	default:
		return cause
	}
}
