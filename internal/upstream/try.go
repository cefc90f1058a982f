package upstream

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Errors of a request, and of reading a response's body.
var (
	// ErrTimeout means that the response was not complete within the time limit.
	ErrTimeout = errors.New("timed out")
	// ErrUnreachable means that the connection failed, before or during the response.
	ErrUnreachable = errors.New("connection failed")
	// ErrTooLarge means that the response has more than the maximum number of bytes.
	ErrTooLarge = errors.New("response too large")
)

const (
	// maxRetryAfter caps Retry-After. A longer one is not ignored: the caller would retry at once.
	maxRetryAfter = time.Hour
	// maxPause is the longest Retry-After that a retry waits for; a longer one is left to the caller.
	maxPause = 2 * time.Second
	// pauseAfter429 is the pause after a 429 without Retry-After.
	pauseAfter429 = time.Second
)

// try sends r once and handles its response. retry reports whether a read may be sent again after pause.
func (e *Endpoint) try(r *http.Request, maxBytes int64, handle func(*http.Response) error) (pause time.Duration, retry bool, err error) {
	r.GetBody = nil // with it, net/http itself resends r after some connection errors, even a POST
	res, err := e.transport.RoundTrip(r)
	if err != nil {
		err = connectionError(r.Context(), err)
		return 0, errors.Is(err, ErrUnreachable), err
	}
	defer res.Body.Close() //nolint:errcheck // the response has been read
	res.Body = body{ReadCloser: http.MaxBytesReader(nil, res.Body, maxBytes), request: r}
	err = handle(res)
	switch res.StatusCode {
	case http.StatusTooManyRequests:
		pause = max(RetryAfter(res.Header), pauseAfter429)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		pause = RetryAfter(res.Header)
	default:
		return 0, errors.Is(err, ErrUnreachable), err
	}
	return pause, pause <= maxPause, err
}

// RetryAfter returns the delay of the Retry-After header, in seconds or as a date (RFC 9110 section 10.2.3), between 0 and
// 60 minutes. It is 0 if the header is missing or malformed.
func RetryAfter(h http.Header) time.Duration {
	said := h.Get("Retry-After")
	// With ErrRange, s is the largest or smallest int.
	if s, err := strconv.Atoi(said); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(s, 0), int(maxRetryAfter/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(said); err == nil {
		return min(max(time.Until(at).Round(time.Second), 0), maxRetryAfter)
	}
	return 0
}

// body is a response body whose Read returns the package's errors.
type body struct {
	io.ReadCloser
	request *http.Request
}

func (b body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || errors.Is(err, io.EOF) || isBadGzip(err) {
		return n, err
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return n, ErrTooLarge
	}
	return n, connectionError(b.request.Context(), err)
}

// isBadGzip reports whether a body with Content-Encoding: gzip is corrupt. The connection is fine, so a retry is useless.
func isBadGzip(err error) bool {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	return corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum)
}

func connectionError(ctx context.Context, err error) error {
	kind := ErrUnreachable
	if isTimeout(ctx, err) {
		kind = ErrTimeout
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// isTimeout also checks ctx, which has the time limit: at its deadline net/http may close the connection before it
// returns a time-out.
func isTimeout(ctx context.Context, err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || ok && ne.Timeout()
}
