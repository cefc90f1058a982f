package directory

import (
	"context"
	"log/slog"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// skew is how far the clocks of replicas may be apart.
const skew = 10 * time.Second

// follow reads accounts again that somebody else has changed through the
// dashboard since the caller's list was read: one call, with the caller's own
// token. Others of the same caller wait for it meanwhile. If it fails the list is
// shown as it is; it is read whole soon anyway.
func (d *Directory) follow(ctx context.Context, c Caller, v *view) {
	select {
	case v.following <- struct{}{}:
		defer func() { <-v.following }()
	case <-ctx.Done():
		return
	}
	// Others rely on it, so it goes on when this request is given up.
	ctx = context.WithoutCancel(ctx)
	ids := d.toFollow(ctx, c, v)
	if len(ids) == 0 {
		return
	}
	began := d.now()
	users, err := ask(ctx, c, func(token string) ([]wallaroo.User, error) { return d.api.UsersByID(ctx, token, ids...) })
	if err != nil {
		d.log.Info("changes made elsewhere could not be read", slog.Any("error", err))
		return
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
}

// toFollow gives the accounts changed elsewhere that this view hasn't got.
func (d *Directory) toFollow(ctx context.Context, c Caller, v *view) []string {
	d.mu.Lock()
	snapshot := v.snapshot
	d.mu.Unlock()
	if snapshot == nil {
		return nil
	}
	since := snapshot.ReadAt.Add(-skew)
	all, err := d.changed(ctx, since)
	if err != nil {
		d.log.Warn("changes made elsewhere are not known", slog.Any("error", err))
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	told := make(map[string]bool, len(all))
	var ids []string
	for _, ch := range all {
		told[ch.Event] = true
		if v.followed[ch.Event] {
			continue
		}
		// One's own changes through this replica were read back already.
		if own, done := v.changes[ch.Account]; done && own.own && ch.Actor == c.Key && own.at.After(ch.At) {
			continue
		}
		ids = append(ids, ch.Account)
	}
	v.followed = told // what is no longer told is older than the list, and won't be again
	return ids
}
