package directory

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// ErrNoAccount means that no account has the id.
var ErrNoAccount = errors.New("no such account")

// ErrUnchanged means that the API answered that a change was done, but the
// account is as it was.
var ErrUnchanged = errors.New("the account is unchanged though the API said otherwise")

// ErrUnknown means that a change may or may not have been done: no answer came,
// and the account could not be read either.
var ErrUnknown = errors.New("it is not known whether the change was done")

// ErrPending means that no answer of the API's own came to a change, or the list
// of users may be cut, and the account is as it was when it was read afterwards:
// it may still be done, or have been.
var ErrPending = errors.New("no answer came, and the change is not done yet")

// Reason is why a change is refused here, before the API is asked.
type Reason string

// The reasons.
const (
	// OwnAccount: nobody deactivates themselves.
	OwnAccount Reason = "own-account"
	// ProtectedAccount: the settings protect it.
	ProtectedAccount Reason = "protected"
	// MissingEmail: the API changes accounts by email, and it has none.
	MissingEmail Reason = "missing-email"
	// AmbiguousEmail: another account has the same email.
	AmbiguousEmail Reason = "ambiguous-email"
	// NotAllowed: the API says that the caller may not manage the account.
	NotAllowed Reason = "not-allowed"
)

// Refusal is a change that is refused here. The API was not asked.
type Refusal struct {
	Reason  Reason
	Account *Account
}

func (r *Refusal) Error() string { return fmt.Sprintf("refused: %s", r.Reason) }

// Details is one account as both answers of the API describe it.
type Details struct {
	*Account
	// Raw is the account's part of the by-id answer, as it came.
	Raw []byte
	// RolesKnown says whether the list answer was at hand and tells roles, so
	// that an account without any has none.
	RolesKnown bool
	// ReadAt is when the by-id answer was asked for.
	ReadAt time.Time
	// Refusal is why the status can't be changed here, nil if it can.
	Refusal *Refusal
	// Sharing are the other accounts with the same email.
	Sharing []*Account
}

// Account reads one account by id and joins it with the list, which it waits
// for as long as p says. The error is ErrNoAccount for an unknown id.
func (d *Directory) Account(ctx context.Context, c Caller, id string, p Patience) (Details, error) {
	reading, listErr := d.Read(ctx, c, p)
	at := d.now()
	u, raw, err := d.byID(ctx, c, id)
	if err != nil {
		return Details{}, err
	}
	details := Details{Account: newAccount(u), Raw: raw, ReadAt: at}
	a := details.Account
	if listErr == nil {
		a = d.current(c.Key, reading.Snapshot, u)
		details.Account, details.Sharing, details.RolesKnown = a, reading.SharesEmail(a), reading.tellsRoles
	}
	details.Refusal = d.Refuses(c, a, !a.Enabled)
	return details, nil
}

// ownChange marks what was read last of an account as read after a change of
// the caller's own.
func (d *Directory) ownChange(key, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v, kept := d.views[key]; kept {
		if ch, noted := v.changes[id]; noted {
			ch.own = true
			v.changes[id] = ch
		}
	}
}

// current gives the account just read as the caller's list now has it, or would
// if it were not dropped meanwhile.
func (d *Directory) current(key string, before *Snapshot, u wallaroo.User) *Account {
	d.mu.Lock()
	var snapshot *Snapshot
	if v, kept := d.views[key]; kept {
		snapshot = v.snapshot
	}
	d.mu.Unlock()
	if snapshot == nil {
		snapshot = before.with(u)
	}
	a, found := snapshot.ByID(u.ID)
	if !found {
		return newAccount(u)
	}
	joined := *a
	joined.FederatedIdentities, joined.FederatedKnown = u.FederatedIdentities, u.FederatedKnown
	return &joined
}

// byID reads one account and notes what it says.
func (d *Directory) byID(ctx context.Context, c Caller, id string) (wallaroo.User, []byte, error) {
	type answer struct {
		user  wallaroo.User
		raw   []byte
		found bool
	}
	var began time.Time
	got, err := ask(ctx, c, func(token string) (a answer, err error) {
		began = d.now()
		a.user, a.raw, a.found, err = d.api.UserByID(ctx, token, id)
		return a, err
	})
	if err != nil {
		return wallaroo.User{}, nil, err
	}
	got.user.ID = id
	d.readBack(c.Key, got.user, got.found, began)
	if !got.found {
		return wallaroo.User{}, nil, ErrNoAccount
	}
	return got.user, got.raw, nil
}

// Refuses gives the reason why the caller can't set the account's status here,
// or nil.
func (d *Directory) Refuses(c Caller, a *Account, active bool) *Refusal {
	refuse := func(r Reason) *Refusal { return &Refusal{Reason: r, Account: a} }
	switch {
	case !active && c.owns(a):
		return refuse(OwnAccount)
	case !active && d.Protects(a):
		return refuse(ProtectedAccount)
	case strings.TrimSpace(a.Email) == "":
		return refuse(MissingEmail)
	case a.Has(SharedEmail):
		return refuse(AmbiguousEmail)
	case a.Access.Manage == wallaroo.PermissionDenied:
		return refuse(NotAllowed)
	}
	return nil
}

// Protects reports whether the settings protect the account.
func (d *Directory) Protects(a *Account) bool {
	return slices.ContainsFunc(d.protected, func(name string) bool {
		return strings.EqualFold(name, a.Username) || strings.EqualFold(name, a.Email)
	})
}

// Owns reports whether the account is the caller's own.
func (c Caller) Owns(a *Account) bool { return c.owns(a) }

// owns compares by id, and by name and email too, since some providers give
// another subject to each client.
func (c Caller) owns(a *Account) bool {
	return c.ID == a.ID ||
		c.Username != "" && strings.EqualFold(c.Username, a.Username) ||
		c.Email != "" && strings.EqualFold(c.Email, a.Email)
}

// Prepare reads an account afresh before its status is changed, with the list
// to tell whether its email is its own. The error is ErrNoAccount, a *Refusal,
// or the API's.
func (d *Directory) Prepare(ctx context.Context, c Caller, id string, active bool) (*Account, error) {
	reading, err := d.Read(ctx, c, Patience{})
	if err != nil {
		return nil, err
	}
	if reading.Stale != nil {
		// An earlier list can't tell whose the email is now.
		return nil, reading.Stale.Err
	}
	u, _, err := d.byID(ctx, c, id)
	if err != nil {
		return nil, err
	}
	a := d.current(c.Key, reading.Snapshot, u)
	if r := d.Refuses(c, a, active); r != nil {
		return a, r
	}
	return a, nil
}

// SetActive activates or deactivates an account that Prepare has given, reads it
// back by id, and gives it as the API now has it. It is sent once. The error is
// ErrUnchanged, ErrUnknown, ErrPending, or the API's own: then nothing was done.
func (d *Directory) SetActive(ctx context.Context, c Caller, a *Account, active bool) (*Account, error) {
	// Once sent, a change is followed to its end, whether or not the browser
	// still waits.
	ctx = context.WithoutCancel(ctx)
	_, sendErr := wallaroo.WithToken(ctx, c.Tokens, func(token string) (struct{}, error) {
		if active {
			return struct{}{}, d.writes.Activate(ctx, token, a.Email)
		}
		return struct{}{}, d.writes.Deactivate(ctx, token, a.Email)
	})
	if sendErr != nil && !wallaroo.InDoubt(sendErr) {
		return a, sendErr
	}
	u, _, err := d.byID(ctx, c, a.ID)
	if err != nil {
		return a, fmt.Errorf("%w: %w", ErrUnknown, errors.Join(sendErr, err))
	}
	d.ownChange(c.Key, a.ID)
	after := d.current(c.Key, snapshotOf(nil, time.Time{}), u)
	switch {
	case u.Enabled == active:
		if sendErr != nil {
			d.log.Info("a change in doubt was done", slog.String("id", a.ID), slog.Any("error", sendErr))
		}
		return after, nil
	case sendErr != nil:
		return after, undone(sendErr)
	default:
		return after, ErrUnchanged
	}
}

// undone judges a change in doubt that a look afterwards did not find done. An
// API that has answered is through with it; one that was not waited for, or that
// only a proxy answered for, may be at it still.
func undone(err error) error {
	var e *wallaroo.Error
	proxied := errors.As(err, &e) && (e.Status == http.StatusBadGateway || e.Status == http.StatusGatewayTimeout)
	if proxied || errors.Is(err, wallaroo.ErrTimeout) || errors.Is(err, wallaroo.ErrUnreachable) {
		return fmt.Errorf("%w: %w", ErrPending, err)
	}
	return err
}
