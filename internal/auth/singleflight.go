package auth

import (
	"context"
	"time"

	"golang.org/x/sync/singleflight"

	"wallaroo-user-admin/internal/panics"
	"wallaroo-user-admin/internal/upstream"
)

// doShared calls run, which sends requests to e, once for all concurrent callers. run continues when a caller's ctx ends.
// A caller that joined a running call which fails within late of the join tries again, since a call that began during an
// outage must not fail the callers after it. While the circuit breaker of e is open, or its trial request is under way,
// it returns [upstream.ErrOpen] at once.
func doShared[T any](ctx context.Context, group *singleflight.Group, e *upstream.Endpoint, late time.Duration, run func(context.Context) (T, error)) (T, error) {
	began := time.Now()
	for {
		if e.Open() {
			var none T
			return none, upstream.ErrOpen
		}
		mine := false
		result := group.DoChan("", func() (any, error) {
			mine = true
			// singleflight re-raises a panic in a goroutine of its own, which would end the process.
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
