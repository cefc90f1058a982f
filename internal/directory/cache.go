package directory

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"wallaroo-user-admin/internal/panics"
	"wallaroo-user-admin/internal/wallaroo"
)

// ErrReading means that the first read is still under way.
var ErrReading = errors.New("the users are still being read")

// Failure is a failed read after an earlier one succeeded.
type Failure struct {
	Err error
	At  time.Time
}

// Reading is the result of a read.
type Reading struct {
	*Snapshot
	// Stale is set if the latest read failed: Snapshot is then from an earlier
	// one, and no change may be based on it.
	Stale *Failure

	methods map[string]Method
}

// ReadOptions control how long a read waits, and whether a cached list will do.
type ReadOptions struct {
	// Wait limits the wait for a first read; 0 waits until it ends.
	Wait time.Duration
	// Fresh requires a read that begins now.
	Fresh bool
}

// cache is what was read with one administrator's tokens.
type cache struct {
	snapshot *Snapshot
	failure  *Failure
	reading  *read
	used     time.Time
	// worked is true once a read has succeeded, even if its list was dropped
	// since.
	worked bool
	// changes are accounts read back by id, which a list whose read began
	// earlier must not overwrite.
	changes map[string]change
	// followed are the events of changes made through the dashboard that the
	// list already includes.
	followed map[string]bool
	// methods are the sign-in methods by account id. The map is copied on
	// write.
	methods map[string]Method
	// following is held while changed accounts are read, so that concurrent
	// requests wait for the updated list.
	following chan struct{}
}

type change struct {
	user wallaroo.User
	gone bool
	at   time.Time // when the by-id read began
}

// read is one call of the API, shared by all requests that wait for it.
type read struct {
	began time.Time
	done  chan struct{}
	err   error
}

// Read returns the users as the caller may see them. A list younger than MaxAge
// is returned as it is; an older one is returned and renewed in the background.
// Without a list it waits for the read, and returns ErrReading after p.Wait.
// When the API fails, it returns the last list with Stale set; on a refusal
// (401, 403) it drops the list and returns the error. Accounts that were
// changed through another session or replica since are read again by id, or the
// whole list if there are many.
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

// ReadCurrent is [Directory.Read] for a change: it returns the error of the
// latest read if the list is stale.
func (d *Directory) ReadCurrent(ctx context.Context, c Caller, p ReadOptions) (Reading, error) {
	reading, err := d.Read(ctx, c, p)
	if err == nil && reading.Stale != nil {
		err = reading.Stale.Err
	}
	return reading, err
}

// look returns the caller's cache, the read that it started or joined (nil if
// none is due), and whether the cached list is usable meanwhile.
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

// awaitEarlier waits for a read that began before now, since its answer may
// lack the latest changes.
func (d *Directory) awaitEarlier(ctx context.Context, key string) {
	d.mu.Lock()
	var earlier *read
	if v, kept := d.caches[key]; kept {
		earlier = v.reading
	}
	d.mu.Unlock()
	if earlier != nil {
		_ = earlier.wait(ctx, 0) // its outcome goes to the requests that started it
	}
}

// whileReading returns the earlier list if the wait for a new one timed out.
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
		// Dropped meanwhile, by a refusal that another request received.
		return Reading{}, ErrReading
	}
}

// Worked reports whether a read with this administrator's tokens has succeeded
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

// makeRoomLocked evicts the least recently used list.
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

// beginLocked joins the read under way or starts one. The read outlives the
// request that started it, since others may wait for it; the client limits its
// time.
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

// hook calls a callback and logs a panic, since no middleware above it would
// recover it.
func (d *Directory) hook(failed string, run func()) {
	if err := panics.Catch(func() error { run(); return nil }); err != nil {
		d.log.Error(failed, slog.Any("error", err))
	}
}

// finish stores the result of a read.
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
// yes if the API could not answer, no if it refused.
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

// reapplyLocked merges into a list the changes that were read back after its
// read began.
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

// readBack stores an account, or its absence, from a by-id read that began at
// this time. The result of an older read than the stored one is ignored.
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

// wait waits until the read ends, for at most limit unless that is 0.
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
