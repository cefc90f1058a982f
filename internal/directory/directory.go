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
	// MaxAge is how long a list is shown without asking again; older than that
	// it is shown and renewed behind, and older than StaleAge it is waited for.
	MaxAge time.Duration
	// Changed returns the changes made through this or any other replica since a
	// time, so that every administrator's list follows. all is false if there are
	// more than it returns. Nil: none.
	Changed func(ctx context.Context, since time.Time) (changed []Changed, all bool, err error)
	// ListRead is told of each list that was read, before anybody is shown it;
	// AccountRead of each account that [Directory.Account] has read at a time.
	// Whoever waits for the read waits for them too. Nil: nobody is told.
	ListRead    func(ctx context.Context, s *Snapshot)
	AccountRead func(ctx context.Context, a *Account, at time.Time)
	// Observe is told of each read that has worked, whosever token it was, in
	// the background: nobody who waits for the read waits for it, but Close does.
	// It must not change the users. Nil: nobody is told.
	Observe func(ctx context.Context, users []wallaroo.User, began, ended time.Time)
	// Now is the clock; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Changed is a change of an account that somebody made through the dashboard.
type Changed struct {
	// Event is the change's audit event, Account the account's id.
	Event, Account string
}

// maxCallers bounds how many administrators' lists are kept at once.
const maxCallers = 64

// renewals is how many MaxAges a list may be shown for while it is renewed.
const renewals = 10

// Directory is the users as each administrator may see them. It is safe for
// concurrent use.
type Directory struct {
	api         API
	maxAge      time.Duration
	changed     func(ctx context.Context, since time.Time) (changed []Changed, all bool, err error)
	listRead    func(ctx context.Context, s *Snapshot)
	accountRead func(ctx context.Context, a *Account, at time.Time)
	observe     func(ctx context.Context, users []wallaroo.User, began, ended time.Time)
	now         func() time.Time
	log         *slog.Logger

	mu     sync.Mutex
	caches map[string]*cache
	reads  sync.WaitGroup
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
		o.Changed = func(context.Context, time.Time) ([]Changed, bool, error) { return nil, true, nil }
	}
	if o.ListRead == nil {
		o.ListRead = func(context.Context, *Snapshot) {}
	}
	if o.AccountRead == nil {
		o.AccountRead = func(context.Context, *Account, time.Time) {}
	}
	if o.Observe == nil {
		o.Observe = func(context.Context, []wallaroo.User, time.Time, time.Time) {}
	}
	return &Directory{
		api: api, maxAge: o.MaxAge, changed: o.Changed, listRead: o.ListRead, accountRead: o.AccountRead, observe: o.Observe, now: o.Now, log: o.Logger,
		caches: make(map[string]*cache),
	}
}

// Close waits for the reads under way.
func (d *Directory) Close() { d.reads.Wait() }

// Forget drops what is kept for an administrator, as at sign-out.
func (d *Directory) Forget(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.caches, key)
}

// DropUnused drops what is kept for administrators who have not looked at it for
// so long, as if they had signed out: their sessions have ended, and with them
// the reason to keep names and addresses.
func (d *Directory) DropUnused(idle time.Duration) {
	before := d.now().Add(-idle)
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.caches, func(_ string, v *cache) bool { return !v.used.After(before) })
}
