package auth

import (
	"context"
	"time"

	"golang.org/x/sync/singleflight"

	"wallaroo-user-admin/internal/panics"
	"wallaroo-user-admin/internal/upstream"
)

// share runs run, which sends to e, for all callers of the moment, apart from any of them: it goes on when a caller gives
// up. Who joins a run that then fails soon, within late, has hardly waited and tries for themselves: a run that began in
// an outage must not fail those who come after it. Nobody joins the one call that finds out whether a provider that did
// not answer is back.
func share[T any](ctx context.Context, group *singleflight.Group, e *upstream.Endpoint, late time.Duration, run func(context.Context) (T, error)) (T, error) {
	began := time.Now()
	for {
		if e.Open() {
			var none T
			return none, upstream.ErrOpen
		}
		mine := false
		result := group.DoChan("", func() (any, error) {
			mine = true
			// singleflight would let a panic end the process.
			return panics.CatchValue(func() (T, error) { return run(context.WithoutCancel(ctx)) })
		})
		select {
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		case r := <-result:
			if r.Err != nil && !mine && time.Since(began) < late {
				continue
			}
			value, _ := r.Val.(T)
			return value, r.Err
		}
	}
}
