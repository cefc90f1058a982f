package auth

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"wallaroo-user-admin/internal/upstream"
)

// bodyLimit is the maximum size of a provider's response, in bytes after decompression. Real key sets and token
// responses have a few kB. It is below the 1 MiB at which x/oauth2 truncates a response silently.
const bodyLimit = 1<<20 - 1

// Consecutive time-outs after which a circuit breaker opens: fewer for reads that concurrent callers share.
const (
	tripAfter       = 5
	tripAfterShared = 2
)

// endpoints are the provider's endpoints, each with a circuit breaker of its own: one may hang while others respond.
type endpoints struct {
	discovery, keys, token, userinfo *endpoint
}

func newEndpoints(base http.RoundTripper, timeout time.Duration) endpoints {
	read := func(name string, trip uint32) *endpoint {
		e := upstream.New(name, base, timeout, trip)
		return newEndpoint(e, e.Read)
	}
	token := upstream.New("token", base, timeout, tripAfter)
	return endpoints{
		discovery: read("discovery", tripAfterShared),
		keys:      read("keys", tripAfterShared),
		token:     newEndpoint(token, token.Once), // never retried: a code or a rotating refresh token is valid once
		userinfo:  read("userinfo", tripAfter),
	}
}

// endpoint is an HTTP client for one endpoint of the provider.
type endpoint struct {
	*upstream.Endpoint
	client *http.Client
	send   upstream.Sender
}

// newEndpoint returns a client with a total time limit and a maximum response size, which never follows a redirect: that
// would carry code, verifier, client secret or bearer token to another host.
func newEndpoint(to *upstream.Endpoint, send upstream.Sender) *endpoint {
	e := &endpoint{Endpoint: to, send: send}
	e.client = &http.Client{
		Transport:     e,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return e
}

// RoundTrip reads the whole response before it returns, so that a response that breaks off is a failure that the circuit
// breaker and the retries of e see.
func (e *endpoint) RoundTrip(r *http.Request) (whole *http.Response, err error) {
	err = e.send(r, bodyLimit, func(answer *http.Response) error {
		body, err := io.ReadAll(answer.Body)
		answer.Body = io.NopCloser(bytes.NewReader(body))
		whole = answer
		return err
	})
	if err != nil {
		return nil, err
	}
	return whole, nil
}
