package directory

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"wallaroo-user-admin/internal/panics"
	"wallaroo-user-admin/internal/wallaroo"
)

// ErrReading means that a first read is still under way.
var ErrReading = errors.New("the users are still being read")

// Failure is a read that failed after an earlier one had worked.
type Failure struct {
	Err error
	At  time.Time
}

// Reading is what a read gives.
type Reading struct {
	*Snapshot
	// Stale is set when the newest attempt to read failed: the Snapshot is an
	// earlier one and no change should be made from it.
	Stale *Failure

	methods map[string]Method
}

// ReadOptions say how long to wait for a read, and how old its answer may be.
type ReadOptions struct {
	// Wait is the longest wait for a first read; 0 waits until it ends.
	Wait time.Duration
	// Fresh asks for a read that begins now.
	Fresh bool
}

// cache is what one administrator's token has fetched.
type cache struct {
	snapshot *Snapshot
	failure  *Failure
	reading  *read
	used     time.Time
	// worked is true once a read has succeeded, also after its list is dropped.
	worked bool
	// changes are accounts read back by id: a list whose reading began before
	// such a change must not undo it.
	changes map[string]change
	// followed are the changes made through the dashboard that the list already
	// shows, by event.
	followed map[string]bool
	// methods is how accounts sign in, by id. It is replaced, never written to.
	methods map[string]Method
	// following is held while they are read, so that nobody is shown the list
	// as it was when another request is just catching up.
	following chan struct{}
}

type change struct {
	user wallaroo.User
	gone bool
	at   time.Time // when the by-id read began
}

// read is one question to the API, shared by all who wait for it.
type read struct {
	began time.Time
	done  chan struct{}
	err   error
}

// Read returns the users as the caller may see them. A list younger than MaxAge
// is given as it is; an older one is given and renewed behind; without one the
// read is waited for, ErrReading after p.Wait. When the API fails, the last list
// is given with Stale set; a refusal (401, 403) drops it instead. Accounts that
// were changed through another session or replica since are read again by id, or
// the whole list if they are many.
func (d *Directory) Read(ctx context.Context, c Caller, p ReadOptions) (Reading, error) {
	if p.Fresh {
		d.awaitEarlier(ctx, c.Key)
	}
	v, r, usable := d.look(ctx, c, p)
	if usable {
		if d.follow(ctx, c, v) {
			return d.result(v, r)
		}
		return d.Read(ctx, c, ReadOptions{Wait: p.Wait, Fresh: true})
	}
	if err := r.wait(ctx, p.Wait); err != nil {
		return d.whileReading(v, err)
	}
	return d.result(v, r)
}

// ReadCurrent is [Directory.Read] for a change, which must not be based on a stale
// list: then it returns the error that made it stale.
func (d *Directory) ReadCurrent(ctx context.Context, c Caller, p ReadOptions) (Reading, error) {
	reading, err := d.Read(ctx, c, p)
	if err == nil && reading.Stale != nil {
		err = reading.Stale.Err
	}
	return reading, err
}

// look returns the caller's view, the read that was begun or joined if one is due,
// and whether the list at hand will do meanwhile.
func (d *Directory) look(ctx context.Context, c Caller, p ReadOptions) (v *cache, r *read, usable bool) {
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	v = d.cacheOfLocked(c.Key, now)
	usable = v.snapshot != nil && v.failure == nil && !p.Fresh && now.Sub(v.snapshot.ReadAt) < renewals*d.maxAge
	if usable && now.Sub(v.snapshot.ReadAt) < d.maxAge {
		return v, nil, true
	}
	return v, d.beginLocked(ctx, v, c, now), usable
}

// awaitEarlier waits for a read that began before now, which would not tell
// what has happened since.
func (d *Directory) awaitEarlier(ctx context.Context, key string) {
	d.mu.Lock()
	var earlier *read
	if v, kept := d.caches[key]; kept {
		earlier = v.reading
	}
	d.mu.Unlock()
	if earlier != nil {
		_ = earlier.wait(ctx, 0) // its outcome is told to those who asked for it
	}
}

// whileReading returns an earlier list when waiting for a new one takes too long.
func (d *Directory) whileReading(v *cache, err error) (Reading, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v.snapshot != nil {
		return Reading{Snapshot: v.snapshot, Stale: v.failure, methods: v.methods}, nil
	}
	return Reading{}, err
}

func (d *Directory) result(v *cache, r *read) (Reading, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case v.snapshot != nil:
		return Reading{Snapshot: v.snapshot, Stale: v.failure, methods: v.methods}, nil
	case r != nil && r.err != nil:
		return Reading{}, r.err
	default:
		// Dropped between two looks: a refusal that another request met.
		return Reading{}, ErrReading
	}
}

// Worked reports whether a read with this administrator's token has ever worked
// since Forget.
func (d *Directory) Worked(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, found := d.caches[key]
	return found && v.worked
}

func (d *Directory) cacheOfLocked(key string, now time.Time) *cache {
	v, found := d.caches[key]
	if !found {
		d.makeRoomLocked()
		v = &cache{changes: make(map[string]change), followed: make(map[string]bool), following: make(chan struct{}, 1)}
		d.caches[key] = v
	}
	v.used = now
	return v
}

// makeRoomLocked drops the list that was looked at longest ago.
func (d *Directory) makeRoomLocked() {
	if len(d.caches) < maxCallers {
		return
	}
	var oldest string
	for key, v := range d.caches {
		if oldest == "" || v.used.Before(d.caches[oldest].used) {
			oldest = key
		}
	}
	delete(d.caches, oldest)
}

// beginLocked joins the read under way or starts one. The read outlives the request
// that began it, since others may wait for it; the client bounds its time.
func (d *Directory) beginLocked(ctx context.Context, v *cache, c Caller, now time.Time) *read {
	if v.reading != nil {
		return v.reading
	}
	r := &read{began: now, done: make(chan struct{})}
	v.reading = r
	ctx = context.WithoutCancel(ctx)
	d.reads.Go(func() {
		var users []wallaroo.User
		fresh, err := panics.CatchValue(func() (s *Snapshot, err error) {
			if users, err = wallaroo.WithToken(ctx, c.Tokens, func(token string) ([]wallaroo.User, error) { return d.api.Users(ctx, token) }); err != nil {
				return nil, err
			}
			return newSnapshot(users, r.began), nil
		})
		ended := d.now()
		d.finish(v, r, fresh, err)
		if err == nil {
			d.hook("a list could not be reconciled", func() { d.listRead(ctx, fresh) })
		}
		close(r.done)
		if err == nil {
			d.hook("a list could not be compared", func() { d.observe(ctx, users, r.began, ended) })
		}
	})
	return r
}

// hook runs what others do with a read. Nothing above it catches a panic.
func (d *Directory) hook(failed string, run func()) {
	if err := panics.Catch(func() error { run(); return nil }); err != nil {
		d.log.Error(failed, slog.Any("error", err))
	}
}

// finish keeps what a read has brought.
func (d *Directory) finish(v *cache, r *read, fresh *Snapshot, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v.reading, r.err = nil, err
	if err != nil {
		d.log.Warn("the users could not be read", slog.Any("error", err))
		v.failure = &Failure{Err: err, At: d.now()}
		if !mayKeep(err) {
			v.snapshot, v.failure, v.methods = nil, nil, nil
		}
		return
	}
	v.failure, v.worked = nil, true
	v.snapshot = v.reapplyLocked(fresh)
	v.keepMethodsLocked(v.snapshot)
}

// mayKeep reports whether the last list may still be shown after this error:
// when the API could not answer, not when it refused.
func mayKeep(err error) bool {
	for _, kind := range []error{
		wallaroo.ErrTooMany, wallaroo.ErrServer, wallaroo.ErrTimeout,
		wallaroo.ErrUnreachable, wallaroo.ErrMalformed, wallaroo.ErrTooLarge,
	} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// reapplyLocked carries changes that were read back after this list's reading began
// over into it.
func (v *cache) reapplyLocked(s *Snapshot) *Snapshot {
	for id, ch := range v.changes {
		switch {
		case !ch.at.After(s.ReadAt):
			delete(v.changes, id)
		case ch.gone:
			s = s.without(id)
		default:
			s = s.with(ch.user)
		}
	}
	return s
}

// readBack notes an account as the answer to a by-id read that began at a time
// has it. An answer that comes after that of a later read tells nothing new.
func (d *Directory) readBack(key string, u wallaroo.User, found bool, began time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, kept := d.caches[key]
	if !kept || v.changes[u.ID].at.After(began) {
		return
	}
	v.changes[u.ID] = change{user: u, gone: !found, at: began}
	if v.snapshot == nil {
		return
	}
	switch {
	case !found:
		v.snapshot = v.snapshot.without(u.ID)
	case !v.snapshot.has(u):
		v.snapshot = v.snapshot.with(u)
	}
	if found && u.FederatedKnown {
		v.learnLocked(map[string]Method{u.ID: methodOf(u, v.snapshot.ReadAt)})
	}
}

// wait waits until the read has ended, for at most limit if that isn't 0.
func (r *read) wait(ctx context.Context, limit time.Duration) error {
	var late <-chan time.Time
	if limit > 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-r.done:
		return nil
	case <-late:
		return ErrReading
	case <-ctx.Done():
		return ctx.Err()
	}
}
