package directory

import (
	"context"
	"errors"
	"fmt"

	"wallaroo-user-admin/internal/wallaroo"
)

// ErrInvitedUnseen means that no answer came to an invitation, and the list now
// has the account: it was made, but its password is lost.
var ErrInvitedUnseen = errors.New("the account was made but its password was not seen")

// MemberError means that an email belongs to an account already.
type MemberError struct{ Account *Account }

func (e *MemberError) Error() string { return "the email belongs to an account already" }

// Invited is a new account.
type Invited struct {
	// ID is empty if the API didn't tell it.
	ID string
	// Password is the initial password in plain text, to be shown once.
	Password string
}

// CheckInvite looks whether an email can be invited. The error is a
// *MemberError, or the API's when the list can't be read.
func (d *Directory) CheckInvite(ctx context.Context, c Caller, email string) error {
	reading, err := d.Read(ctx, c, Patience{})
	if err != nil {
		return err
	}
	if reading.Stale != nil {
		return reading.Stale.Err
	}
	if a, member := reading.Member(email); member {
		return &MemberError{Account: a}
	}
	return nil
}

// Invite makes an account for an email; password may be empty, and then
// Wallaroo makes a temporary one. It is sent once. The error is a *MemberError,
// ErrInvitedUnseen, ErrUnknown, ErrPending, or the API's own: then nobody was
// invited.
func (d *Directory) Invite(ctx context.Context, c Caller, email, password string) (Invited, error) {
	ctx = context.WithoutCancel(ctx)
	invitation, err := wallaroo.WithToken(ctx, c.Tokens, func(token string) (wallaroo.Invitation, error) {
		return d.writes.Invite(ctx, token, email, password)
	})
	if err == nil {
		d.noteInvited(ctx, c, invitation.ID)
		return Invited(invitation), nil
	}
	if !wallaroo.InDoubt(err) && !errors.Is(err, wallaroo.ErrRejected) {
		return Invited{}, err
	}
	return Invited{}, d.settleInvite(ctx, c, email, err)
}

// noteInvited reads the new account so that the list has it. A failure is none
// of the invitation's: the next list will have it.
func (d *Directory) noteInvited(ctx context.Context, c Caller, id string) {
	if id == "" {
		return
	}
	if _, _, err := d.byID(ctx, c, id); err != nil {
		d.log.Info("the invited account could not be read", "error", err)
	}
}

// settleInvite reads the list to find out what became of an invitation without
// a clear answer. A refusal of unknown cause may mean a member whom the list
// before did not have.
func (d *Directory) settleInvite(ctx context.Context, c Caller, email string, cause error) error {
	reading, err := d.Read(ctx, c, Patience{Fresh: true})
	if err == nil && reading.Stale != nil {
		err = reading.Stale.Err
	}
	if err != nil {
		if wallaroo.InDoubt(cause) {
			return fmt.Errorf("%w: %w", ErrUnknown, errors.Join(cause, err))
		}
		return cause
	}
	a, member := reading.Member(email)
	switch {
	case !member && wallaroo.InDoubt(cause) && reading.MaybeCut():
		return fmt.Errorf("%w: %w", ErrPending, cause) // it may be among those who are missing
	case !member && wallaroo.InDoubt(cause):
		return undone(cause)
	case !member:
		return cause
	case wallaroo.InDoubt(cause):
		return fmt.Errorf("%w: %w", ErrInvitedUnseen, cause)
	default:
		return &MemberError{Account: a}
	}
}
