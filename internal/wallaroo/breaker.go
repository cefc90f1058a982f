package wallaroo

import (
	"context"
	"errors"

	"wallaroo-user-admin/internal/breaker"
)

// tripAfter time-outs in a row, the client stops asking for a while.
const tripAfter = 5

// let makes a call unless the API is left alone; then nothing is sent.
func let(ctx context.Context, b *breaker.Breaker, op string, call func(context.Context) error) error {
	err := b.Do(ctx, call)
	if errors.Is(err, breaker.ErrNotAsked) {
		return &Error{Op: op, Kind: ErrTimeout, RetryAfter: breaker.Rest, cause: err}
	}
	return err
}
