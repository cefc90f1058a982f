package directory

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// ReplicaSkew is the assumed maximum clock difference between replicas.
const ReplicaSkew = 10 * time.Second

// followMost is the maximum number of changed accounts that are read by id; for
// more, the whole list is read.
const followMost = 100

// follow reads the accounts that were changed through the dashboard since the
// caller's list was read, in one call with the caller's own token. Concurrent
// requests of the same caller wait for it. If the call fails the list stays as
// it is until it is next renewed. It returns false if there are too many
// changes, so that the list has to be read now.
func (d *Directory) follow(ctx context.Context, c Caller, v *cache) bool {
	select {
	case v.following <- struct{}{}:
		defer func() { <-v.following }()
	case <-ctx.Done():
		return true
	}
	// Other requests wait for it, so it outlives this one.
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

// toFollow returns the ids of the changed accounts that the list does not
// include yet; ok is false if there are too many.
func (d *Directory) toFollow(ctx context.Context, v *cache) (ids []string, ok bool) {
	d.mu.Lock()
	snapshot := v.snapshot
	d.mu.Unlock()
	if snapshot == nil {
		return nil, true
	}
	changed, all, err := d.changed(ctx, snapshot.ReadAt.Add(-ReplicaSkew))
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
	v.followed = make(map[string]bool, len(changed)) // an event that is no longer listed is older than the list
	for _, ch := range changed {
		v.followed[ch.Event] = true
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if !all || len(ids) > followMost {
		return nil, false // a list read from now on includes them all
	}
	return ids, true
}

// markFollowed records that the caller's list already includes a change.
func (d *Directory) markFollowed(key, event string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v, kept := d.caches[key]; kept {
		v.followed[event] = true
	}
}
