package directory

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// API is the part of the users API that the directory reads; [wallaroo.Client]
// implements it.
type API interface {
	Users(ctx context.Context, token string) ([]wallaroo.User, error)
	UsersByID(ctx context.Context, token string, ids ...string) ([]wallaroo.User, error)
	UserByID(ctx context.Context, token, id string) (u wallaroo.User, raw []byte, found bool, err error)
}

// Caller is the administrator on whose behalf the API is called. A caller only
// sees lists that were read with their own tokens.
type Caller struct {
	// Key identifies the administrator: issuer and subject.
	Key string
	// ID, Username and Email are those of the administrator's own account.
	ID, Username, Email string
	// Tokens returns the administrator's own access tokens.
	Tokens wallaroo.Tokens
}

// Options are a Directory's settings.
type Options struct {
	// MaxAge is how long a list is returned without a new read. An older one is
	// returned and renewed in the background; one older than ten MaxAges is not
	// returned before it is renewed.
	MaxAge time.Duration
	// Changed returns the changes since a time made through this or any other
	// replica, so that every administrator's list can follow them. all is false
	// if there are more than it returns. Optional.
	Changed func(ctx context.Context, since time.Time) (changed []Changed, all bool, err error)
	// ListRead is called after each read of the list, AccountRead after each
	// read by [Directory.Account], before the result is returned: they delay
	// it. Both are optional.
	ListRead    func(ctx context.Context, s *Snapshot)
	AccountRead func(ctx context.Context, a *Account, at time.Time)
	// Observe is called in the background after each successful read, with any
	// administrator's token; only Close waits for it. It must not modify users.
	// Optional.
	Observe func(ctx context.Context, users []wallaroo.User, began, ended time.Time)
	// Now returns the current time; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Changed is a change of an account made through the dashboard.
type Changed struct {
	// Event is the id of the change's audit event, Account the account's id.
	Event, Account string
}

// maxCallers limits how many administrators' lists are cached.
const maxCallers = 64

// renewals is how many MaxAges a list may be shown while it is being renewed.
const renewals = 10

// Directory reads and caches the users as each administrator may see them. It
// is safe for concurrent use.
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

// New returns a Directory that reads the users API.
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

// Close waits for the reads and callbacks under way.
func (d *Directory) Close() { d.reads.Wait() }

// Forget drops the cache of an administrator, as at sign-out.
func (d *Directory) Forget(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.caches, key)
}

// DropUnused drops the caches of administrators that were not read for idle:
// their sessions have ended, and with them the purpose of keeping personal
// data.
func (d *Directory) DropUnused(idle time.Duration) {
	before := d.now().Add(-idle)
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.caches, func(_ string, v *cache) bool { return !v.used.After(before) })
}
