package directory

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// API is what the directory reads of the users API. Package wallaroo's Client
// implements it.
type API interface {
	Users(ctx context.Context, token string) ([]wallaroo.User, error)
	UsersByID(ctx context.Context, token string, ids ...string) ([]wallaroo.User, error)
	UserByID(ctx context.Context, token, id string) (u wallaroo.User, raw []byte, found bool, err error)
}

// Writes is what the directory needs to change accounts. Package wallaroo's
// Writer implements it.
type Writes interface {
	Invite(ctx context.Context, token, email, password string) (wallaroo.Invitation, error)
	Activate(ctx context.Context, token, email string) error
	Deactivate(ctx context.Context, token, email string) error
}

// Caller is the administrator on whose behalf the API is asked. Nobody is shown
// a list that their own token did not fetch.
type Caller struct {
	// Key tells administrators apart: issuer and subject.
	Key string
	// ID, Username and Email are the administrator's own account.
	ID, Username, Email string
	// Tokens are the administrator's own access tokens.
	Tokens wallaroo.Tokens
}

// Options are a Directory's settings.
type Options struct {
	// Writes makes the calls of SetActive and Invite.
	Writes Writes
	// MaxAge is how long a list is shown without asking again; older than that
	// it is shown and renewed behind, and older than StaleAge it is waited for.
	MaxAge time.Duration
	// Protected are the usernames of accounts that are never deactivated.
	Protected []string
	// Changed tells which accounts were changed since a time through this or any
	// other replica, so that every administrator's list follows. Nil: none.
	Changed func(ctx context.Context, since time.Time) ([]Changed, error)
	// Observe is told of each read that has worked, whosever token it was, in
	// the background: nobody who waits for the read waits for it, but Close does.
	// It must not change the users. Nil: nobody is told.
	Observe func(ctx context.Context, users []wallaroo.User, began, ended time.Time)
	// Now is the clock; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Changed is a change that somebody made through the dashboard.
type Changed struct {
	// Event names the change, Account the account, Actor the administrator as
	// Caller.Key does.
	Event, Account, Actor string
	// At is when it was begun, by the clock of the replica that did it.
	At time.Time
}

// maxCallers bounds how many administrators' lists are kept at once.
const maxCallers = 64

// renewals is how many MaxAges a list may be shown for while it is renewed.
const renewals = 10

// Directory is the users as each administrator may see them. It is safe for
// concurrent use.
type Directory struct {
	api       API
	writes    Writes
	maxAge    time.Duration
	protected []string
	changed   func(ctx context.Context, since time.Time) ([]Changed, error)
	observe   func(ctx context.Context, users []wallaroo.User, began, ended time.Time)
	now       func() time.Time
	log       *slog.Logger

	mu    sync.Mutex
	views map[string]*view
	reads sync.WaitGroup
}

// New makes a Directory over the users API.
func New(api API, o Options) *Directory {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Changed == nil {
		o.Changed = func(context.Context, time.Time) ([]Changed, error) { return nil, nil }
	}
	if o.Observe == nil {
		o.Observe = func(context.Context, []wallaroo.User, time.Time, time.Time) {}
	}
	return &Directory{
		api: api, writes: o.Writes, maxAge: o.MaxAge, protected: o.Protected, changed: o.Changed, observe: o.Observe, now: o.Now, log: o.Logger,
		views: make(map[string]*view),
	}
}

// Close waits for the reads under way.
func (d *Directory) Close() { d.reads.Wait() }

// Forget drops what is kept for an administrator, as at sign-out.
func (d *Directory) Forget(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.views, key)
}

// DropUnused drops what is kept for administrators who have not looked at it for
// so long, as if they had signed out: their sessions have ended, and with them
// the reason to keep names and addresses.
func (d *Directory) DropUnused(idle time.Duration) {
	before := d.now().Add(-idle)
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.views, func(_ string, v *view) bool { return !v.used.After(before) })
}
