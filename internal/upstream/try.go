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
	// ErrTimeout means no whole response within the time limit.
	ErrTimeout = errors.New("timed out")
	// ErrUnreachable means no connection, or one that broke, be it in the middle of the response.
	ErrUnreachable = errors.New("connection failed")
	// ErrTooLarge means a response of more than the maximum of bytes.
	ErrTooLarge = errors.New("response too large")
)

const (
	// maxRetryAfter caps Retry-After. It is cut, not ignored, or the caller would come back at once.
	maxRetryAfter = time.Hour
	// maxPause is the longest Retry-After that a retry waits for; a longer one is left to the caller.
	maxPause = 2 * time.Second
	// pauseAfter429 is the pause after a 429 without Retry-After.
	pauseAfter429 = time.Second
)

// try sends r and handles its response. retry says that a read is likely to work after the pause.
func (e *Endpoint) try(r *http.Request, maxBytes int64, handle func(*http.Response) error) (pause time.Duration, retry bool, err error) {
	r.GetBody = nil // with it, net/http resends r by itself after some errors of a connection, even a POST
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

// RetryAfter returns the Retry-After header, seconds or date, as 0 to 60 minutes; 0 without one (RFC 9110 section
// 10.2.3).
func RetryAfter(h http.Header) time.Duration {
	said := h.Get("Retry-After")
	// Out of range, it is the largest or the least number there is.
	if s, err := strconv.Atoi(said); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(s, 0), int(maxRetryAfter/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(said); err == nil {
		return min(max(time.Until(at).Round(time.Second), 0), maxRetryAfter)
	}
	return 0
}

// body is a response's body that fails with the package's errors.
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

// isBadGzip reports whether a body isn't gzip though its header says so. The connection is fine, and would bring the
// same again.
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

// isTimeout looks at ctx as well, which has the time limit: at its end net/http may close the connection before it says
// so.
func isTimeout(ctx context.Context, err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || ok && ne.Timeout()
}
