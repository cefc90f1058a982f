package directory

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"

	"wallaroo-user-admin/internal/wallaroo"
)

// triesOfARead is how often a read is asked at the most. A change is never asked
// again blindly.
const triesOfARead = 3

// ask reads with the caller's token, and again after a moment when the
// connection broke or a proxy had nobody behind it. A time-out isn't tried
// again: who asked has waited long enough.
func ask[T any](ctx context.Context, c Caller, read func(token string) (T, error)) (T, error) {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.RandomizationFactor = 100*time.Millisecond, 0.5
	return backoff.Retry(ctx, func() (T, error) {
		answer, err := call(ctx, c, read)
		if err != nil && !passing(err) {
			err = backoff.Permanent(err)
		}
		return answer, err
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(triesOfARead))
}

// passing reports whether a read's failure is likely to pass in a moment.
func passing(err error) bool {
	var e *wallaroo.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return e.RetryAfter == 0
	default:
		return errors.Is(err, wallaroo.ErrUnreachable)
	}
}
