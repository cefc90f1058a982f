package auth

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"wallaroo-user-admin/internal/upstream"
)

// bodyLimit is the most that is read of any answer of the provider, after decompression. Real key sets and token answers
// have a few kB. It is below the 1 MiB at which x/oauth2 would cut an answer without a word.
const bodyLimit = 1<<20 - 1

// After so many time-outs in a row the provider is left alone for a while. A read that many share says as much as the
// calls of many.
const (
	tripAfter       = 5
	tripAfterShared = 2
)

// endpoints are the ways to the provider. They are apart: one may hang while the others answer.
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
		token:     newEndpoint(token, token.Once), // a code and a refresh token count once
		userinfo:  read("userinfo", tripAfter),
	}
}

// endpoint is one sort of requests to the provider.
type endpoint struct {
	*upstream.Endpoint
	client *http.Client
	send   upstream.Sender
}

// newEndpoint makes a client that answers within a total time or not at all, takes bounded answers, and never follows a
// redirect, which would carry code, verifier, secret or bearer to another host.
func newEndpoint(to *upstream.Endpoint, send upstream.Sender) *endpoint {
	e := &endpoint{Endpoint: to, send: send}
	e.client = &http.Client{
		Transport:     e,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return e
}

// RoundTrip returns an answer that has been read whole, so that an answer which stops in its middle is a failure here,
// where it counts and may be asked for again.
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
