package directory

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"

	"wallaroo-user-admin/internal/wallaroo"
)

const (
	// triesOfARead is how often a read is asked at the most. A change is never
	// asked again blindly.
	triesOfARead = 3
	// retryWithin is how long after its beginning a read may still be asked again:
	// who asked has waited long enough then, and no more than the last try's time
	// limit is added.
	retryWithin = 5 * time.Second
	// longestPause is the longest that an API may ask to wait for before a read is
	// asked again here; who asked is told of a longer one.
	longestPause = 2 * time.Second
	// pauseAfterTooMany is what an API gets that is asked too often and doesn't say
	// how long to wait.
	pauseAfterTooMany = time.Second
)

// ask reads with the caller's token, and again after a moment when that is
// likely to help: the connection broke, a proxy had nobody behind it, or a short
// pause is wanted. A time-out isn't tried again, nor a failure that was slow to
// come: who asked has waited long enough. Nor is a 500, which is the API's own.
func ask[T any](ctx context.Context, c Caller, read func(token string) (T, error)) (T, error) {
	pause := newPauses()
	return backoff.Retry(ctx, func() (T, error) {
		answer, err := wallaroo.WithToken(ctx, c.Tokens, read)
		asked, passes := passing(err)
		if err != nil && !passes {
			err = backoff.Permanent(err)
		}
		pause.asked = asked
		return answer, err
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(triesOfARead), backoff.WithMaxElapsedTime(retryWithin))
}

// pauses are what lies between the tries of a read: no less than the API asks
// for, and spread, so that not all who met a failure come back at once.
type pauses struct {
	backoff.BackOff
	asked time.Duration
}

func newPauses() *pauses {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.RandomizationFactor = 100*time.Millisecond, 0.5
	return &pauses{BackOff: b}
}

// NextBackOff gives the next pause.
func (p *pauses) NextBackOff() time.Duration { return p.asked + p.BackOff.NextBackOff() }

// passing reports whether a read's failure is likely to pass in a moment, and
// how long the API wants to be left alone before.
func passing(err error) (asked time.Duration, passes bool) {
	var e *wallaroo.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	switch e.Status {
	case http.StatusTooManyRequests:
		asked = max(e.RetryAfter, pauseAfterTooMany)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		asked = e.RetryAfter
	default:
		return 0, errors.Is(err, wallaroo.ErrUnreachable)
	}
	return asked, asked <= longestPause
}
