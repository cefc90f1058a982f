package auth

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"

	"wallaroo-user-admin/internal/breaker"
)

// bodyLimit is the most that is read of any answer of the provider. Real key sets and token answers have a few kB. It
// is below the 1 MiB at which x/oauth2 would cut an answer without a word.
const bodyLimit = 1<<20 - 1

const (
	// After so many time-outs in a row the provider is left alone for a while. A read that many share says as much as
	// the calls of many.
	tripAfter       = 5
	tripAfterShared = 2
	// retryPause is about how long a read waits before it is asked again.
	retryPause = 100 * time.Millisecond
)

var errBodyTooLarge = errors.New("the answer is larger than 1 MiB")

// endpoints are the ways to the provider. Each has a breaker of its own: one may hang while the others answer.
type endpoints struct {
	discovery, keys, token, userinfo *endpoint
}

func newEndpoints(base http.RoundTripper, timeout time.Duration) endpoints {
	return endpoints{
		discovery: newEndpoint("discovery", base, timeout, tripAfterShared, true),
		keys:      newEndpoint("keys", base, timeout, tripAfterShared, true),
		token:     newEndpoint("token", base, timeout, tripAfter, false), // what is sent there counts once
		userinfo:  newEndpoint("userinfo", base, timeout, tripAfter, true),
	}
}

// endpoint is one sort of calls to the provider.
type endpoint struct {
	*breaker.Breaker
	client *http.Client
	base   http.RoundTripper
	again  bool // a read, which may be asked twice
}

// newEndpoint makes a client that answers within a total time or not at all, takes bounded answers, and never follows a
// redirect, which would carry code, verifier, secret or bearer to another host.
func newEndpoint(name string, base http.RoundTripper, timeout time.Duration, trip uint32, again bool) *endpoint {
	e := &endpoint{Breaker: breaker.New(name, timeout, trip), base: base, again: again}
	e.client = &http.Client{
		Transport:     e,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return e
}

// RoundTrip gives an answer that has been read whole, so that an answer which stops in its middle is a failure here,
// where it counts for the breaker and may be asked for again.
func (e *endpoint) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	sent := false
	err = e.Do(r.Context(), func(ctx context.Context) error {
		sent = true
		resp, err = e.ask(r.WithContext(ctx)) //nolint:bodyclose // whole has read and closed it
		return err
	})
	if !sent && r.Body != nil {
		_ = r.Body.Close() // as a RoundTripper has to
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// ask asks, and once again after a moment where that is likely to help. The pause differs, so that not all who met a
// failure come back at once.
func (e *endpoint) ask(r *http.Request) (*http.Response, error) {
	resp, err := e.whole(r)
	if !e.again || !passing(r.Context(), resp, err) {
		return resp, err
	}
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = retryPause
	select {
	case <-time.After(pauses.NextBackOff()):
		return e.whole(r)
	case <-r.Context().Done():
		return resp, err
	}
}

// passing reports whether a failure is likely to be over in a moment: the connection broke, or a proxy had nobody behind
// it. Who came too late or brought too much does so again, and who asks for a pause gets it.
func passing(ctx context.Context, resp *http.Response, err error) bool {
	if err != nil {
		return ctx.Err() == nil && !breaker.TimedOut(ctx, err) && !errors.Is(err, errBodyTooLarge)
	}
	switch resp.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return resp.Header.Get("Retry-After") == ""
	default:
		return false
	}
}

// whole reads an answer to its end, within the limit after decompression. It fails where a plain limit would end the
// body early: a cut answer must not pass for a whole one.
func (e *endpoint) whole(r *http.Request) (*http.Response, error) {
	resp, err := e.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyLimit+1))
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	if len(body) > bodyLimit {
		return nil, errBodyTooLarge
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
