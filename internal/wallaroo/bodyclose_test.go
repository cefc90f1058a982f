package wallaroo_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// closing is an API without a network that records whether its answer's body was closed: else the connection is lost.
type closing struct {
	status int
	body   io.Reader
	asked  int
	closed int
}

func (c *closing) RoundTrip(*http.Request) (*http.Response, error) {
	c.asked++
	return &http.Response{StatusCode: c.status, Header: http.Header{}, Body: c}, nil
}

func (c *closing) Read(p []byte) (int, error) { return c.body.Read(p) }

func (c *closing) Close() error { c.closed++; return nil }

// broken is a connection that fails.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestEveryAnswerIsClosed(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		body   io.Reader
		want   error
	}{
		"a good one":     {http.StatusOK, strings.NewReader(`{"users":{}}`), nil},
		"a cut one":      {http.StatusOK, io.MultiReader(strings.NewReader(`{"users":{`), broken{}), wallaroo.ErrUnreachable},
		"half a one":     {http.StatusOK, strings.NewReader(`{"users":{`), wallaroo.ErrMalformed},
		"a page":         {http.StatusOK, strings.NewReader(`<html><p>Sign in</p></html>`), wallaroo.ErrMalformed},
		"a long one":     {http.StatusOK, strings.NewReader(`{"users":{"` + strings.Repeat("x", 1000) + `":{}}}`), wallaroo.ErrTooLarge},
		"a fault":        {http.StatusInternalServerError, strings.NewReader("oh"), wallaroo.ErrServer},
		"a long fault":   {http.StatusTooManyRequests, strings.NewReader(strings.Repeat("x", 10_000)), wallaroo.ErrTooMany},
		"a broken fault": {http.StatusForbidden, broken{}, wallaroo.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			api := &closing{status: row.status, body: row.body}
			c := instanceOf(wallaroo.Options{
				Origin: &url.URL{Scheme: "http", Host: "api.example"}, Transport: api, Timeout: time.Minute, ListTimeout: time.Minute, MaxList: 500,
			})
			if _, err := c.Users(t.Context(), "t"); !errors.Is(err, row.want) || (row.want == nil) != (err == nil) {
				t.Errorf("got %v", err)
			}
			if api.asked == 0 || api.closed != api.asked {
				t.Errorf("%d answers, closed %d times", api.asked, api.closed)
			}
		})
	}
}
