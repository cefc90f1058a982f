package directory

import (
	"context"
	"errors"
	"time"

	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/wallaroo"
)

// ErrNoAccount means that no account has this id.
var ErrNoAccount = errors.New("no such account")

// Details is one account as both answers of the API (list and by-id) describe
// it.
type Details struct {
	*Account
	// Raw is the account's part of the by-id answer, unchanged.
	Raw []byte
	// ReadAt is when the by-id request was sent.
	ReadAt time.Time
	// Sharing are the other accounts with the same email.
	Sharing []*Account
}

// Account reads one account by id and joins it with the list, which it waits
// for as p says. It returns ErrNoAccount for an unknown id.
func (d *Directory) Account(ctx context.Context, c Caller, id string, p ReadOptions) (Details, error) {
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
		details.Account, details.Sharing = a, reading.SharesEmail(a)
	}
	d.accountRead(ctx, a, at)
	return details, nil
}

// ForChange reads one account by id and joins it with a current list, which
// tells whether another account shares its email. It returns ErrNoAccount, or
// the API's error, also if only a stale list is available.
func (d *Directory) ForChange(ctx context.Context, c Caller, id string) (*Account, error) {
	reading, err := d.ReadCurrent(ctx, c, ReadOptions{})
	if err != nil {
		return nil, err
	}
	u, _, err := d.byID(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return d.current(c.Key, reading.Snapshot, u), nil
}

// ReadBack reads an account by id after the caller changed it. event is the
// change's audit event, which the caller's list then need not follow. It
// returns ErrNoAccount or the API's error.
func (d *Directory) ReadBack(ctx context.Context, c Caller, id, event string) (*Account, error) {
	u, _, err := d.byID(ctx, c, id)
	if err != nil {
		return nil, err
	}
	d.markFollowed(c.Key, event)
	return d.current(c.Key, snapshotOf(nil, time.Time{}), u), nil
}

// current returns the account just read, joined with the caller's list, or with
// the earlier list if that was dropped meanwhile.
func (d *Directory) current(key string, before *Snapshot, u wallaroo.User) *Account {
	d.mu.Lock()
	var snapshot *Snapshot
	if v, kept := d.caches[key]; kept {
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

// byID reads one account and stores the result in the caller's cache.
func (d *Directory) byID(ctx context.Context, c Caller, id string) (wallaroo.User, []byte, error) {
	type answer struct {
		user  wallaroo.User
		raw   []byte
		found bool
	}
	var began time.Time
	got, err := wallaroo.WithToken(ctx, c.Tokens, func(token string) (a answer, err error) {
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

// Owns reports whether the account is the caller's own. It compares the id, and
// also username and email, since some providers issue a different subject to
// each client (pairwise identifiers, OpenID Connect Core 1.0, section 8.1).
func (c Caller) Owns(a *Account) bool {
	return c.ID == a.ID ||
		c.Username != "" && emails.Same(c.Username, a.Username) ||
		c.Email != "" && emails.Same(c.Email, a.Email)
}
