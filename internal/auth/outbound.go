package auth

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// bodyLimit is the most that is read of any answer of the provider. Real key sets and token answers have a few kB. It
// is below the 1 MiB at which x/oauth2 would cut an answer without a word.
const bodyLimit = 1<<20 - 1

var errBodyTooLarge = errors.New("the answer is larger than 1 MiB")

// outboundClient calls the provider: within a total time, with bounded answers, and never following a redirect,
// which would carry code, verifier, secret or bearer to another host.
func outboundClient(base http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: limitedTransport{base},
		Timeout:   timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// limitedTransport bounds the bodies of answers, after decompression.
type limitedTransport struct{ base http.RoundTripper }

func (t limitedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = &limitedBody{ReadCloser: resp.Body, left: bodyLimit}
	return resp, nil
}

type limitedBody struct {
	io.ReadCloser
	left int64
}

// Read fails where a plain limit would end the body early: a cut answer must not pass for a whole one.
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBodyTooLarge
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}
