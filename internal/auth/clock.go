package auth

import (
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// skew is the tolerated difference between the provider's clock and ours: just below a minute, since token times are
// whole seconds.
const skew = 59 * time.Second

// warnFrom is the difference of clocks from which on it is logged. It leaves time to act before sign-ins fail.
const warnFrom = 10 * time.Second

// providerClock measures how far the provider's clock is ahead of ours, by the Date header of its responses (RFC 9110
// section 6.6.1). It is an [http.RoundTripper] for all requests to the provider.
type providerClock struct {
	base http.RoundTripper
	now  func() time.Time
	log  *slog.Logger

	mu            sync.Mutex
	ahead, warned time.Duration
}

// RoundTrip sends r and notes the Date header of the response.
func (c *providerClock) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := c.now()
	answer, err := c.base.RoundTrip(r)
	if err == nil {
		if date, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
			c.measure(r, date, sent, c.now())
		}
	}
	return answer, err
}

// measure notes the difference for a Date header, which is of some moment between sent and received and cut to the
// second: only what that can't explain is a difference.
func (c *providerClock) measure(r *http.Request, date, sent, received time.Time) {
	ahead := time.Duration(0)
	switch {
	case date.After(received):
		ahead = date.Sub(received)
	case date.Add(time.Second).Before(sent):
		ahead = date.Add(time.Second).Sub(sent)
	}
	c.mu.Lock()
	c.ahead = ahead
	changed := (ahead - c.warned).Abs() >= warnFrom
	if changed {
		c.warned = ahead
	}
	c.mu.Unlock()
	switch {
	case changed && ahead.Abs() >= warnFrom:
		c.log.WarnContext(r.Context(), "the identity provider's clock differs from ours; sign-ins fail from a minute on: set one of them, by NTP for example",
			"provider_ahead", ahead.Round(time.Second).String())
	case changed:
		c.log.InfoContext(r.Context(), "the identity provider's clock agrees with ours again")
	}
}

// difference returns by how much the provider's clock is ahead of ours, as last measured; negative if it is behind.
func (c *providerClock) difference() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead
}

// timeFailure returns the error for a token whose times are not of now: Misconfigured with the difference of clocks if
// that explains it, else SignInRefused. what names the token.
func (m *metadata) timeFailure(what string, err error) *Error {
	ahead := m.clock.difference()
	if ahead.Abs() <= skew {
		return fail(SignInRefused, what+": time", err)
	}
	e := fail(Misconfigured, what+": time: the provider's clock is ahead by "+ahead.Round(time.Second).String(), err)
	e.ClockAhead = ahead
	return e
}
