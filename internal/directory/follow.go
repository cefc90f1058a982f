package directory

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// replicaSkew is how far the clocks of replicas may be apart.
const replicaSkew = 10 * time.Second

// followMost is how many accounts are read again one by one; if more have
// changed, the whole list is read.
const followMost = 100

// follow reads accounts again that were changed through the dashboard since the
// caller's list was read: one call, with the caller's own token. Others of the
// same caller wait for it meanwhile. If it fails the list is shown as it is; it is
// read whole soon anyway. It returns false if so many have changed that the list
// has to be read whole now.
func (d *Directory) follow(ctx context.Context, c Caller, v *cache) bool {
	select {
	case v.following <- struct{}{}:
		defer func() { <-v.following }()
	case <-ctx.Done():
		return true
	}
	// Others rely on it, so it goes on when this request is given up.
	ctx = context.WithoutCancel(ctx)
	ids, ok := d.toFollow(ctx, v)
	if len(ids) == 0 || !ok {
		return ok
	}
	began := d.now()
	users, err := wallaroo.WithToken(ctx, c.Tokens, func(token string) ([]wallaroo.User, error) { return d.api.UsersByID(ctx, token, ids...) })
	if err != nil {
		d.log.Info("changes made elsewhere could not be read", slog.Any("error", err))
		return true
	}
	found := make(map[string]wallaroo.User, len(users))
	for _, u := range users {
		found[u.ID] = u
	}
	for _, id := range ids {
		u, exists := found[id]
		u.ID = id
		d.readBack(c.Key, u, exists, began)
	}
	return true
}

// toFollow returns the accounts whose changes this list doesn't show yet; ok is
// false if they are too many to read one by one.
func (d *Directory) toFollow(ctx context.Context, v *cache) (ids []string, ok bool) {
	d.mu.Lock()
	snapshot := v.snapshot
	d.mu.Unlock()
	if snapshot == nil {
		return nil, true
	}
	changed, all, err := d.changed(ctx, snapshot.ReadAt.Add(-replicaSkew))
	if err != nil {
		d.log.Warn("changes made elsewhere are not known", slog.Any("error", err))
		return nil, true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, ch := range changed {
		if !v.followed[ch.Event] {
			ids = append(ids, ch.Account)
		}
	}
	v.followed = make(map[string]bool, len(changed)) // what is no longer told is older than the list
	for _, ch := range changed {
		v.followed[ch.Event] = true
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if !all || len(ids) > followMost {
		return nil, false // a list read from now on shows them all
	}
	return ids, true
}

// markFollowed notes that the caller's list shows a change already.
func (d *Directory) markFollowed(key, event string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v, kept := d.caches[key]; kept {
		v.followed[event] = true
	}
}
