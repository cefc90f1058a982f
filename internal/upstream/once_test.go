package upstream_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"wallaroo-user-admin/internal/testing/cut"
	"wallaroo-user-admin/internal/upstream"
)

// toCut is an endpoint of a server that fails in one way, and a request to it whose body takes a while to send.
func toCut(t *testing.T, way cut.Way) (*cut.Server, *upstream.Endpoint, *http.Request) {
	t.Helper()
	limit := 30 * time.Second
	if way.Hangs {
		limit = 2 * time.Second
	}
	server := cut.Serve(t, way)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, bytes.NewReader(make([]byte, 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	return server, upstream.New("a test", server.Transport, limit, tripAfter), r
}

// whole reads an answer to its end.
func whole(res *http.Response) error {
	_, err := io.Copy(io.Discard, res.Body)
	return err
}

func TestWhatIsSentOnceArrivesOnceWhateverBecomesOfIt(t *testing.T) {
	for _, way := range cut.Ways() {
		t.Run(way.Name, func(t *testing.T) {
			t.Parallel()
			server, e, r := toCut(t, way)
			status := 0
			err := e.Once(r, 1<<20, func(res *http.Response) error {
				status = res.StatusCode
				return whole(res)
			})
			if !way.Allows(server.Arrived()) || err == nil && status == http.StatusOK || way.Hangs != errors.Is(err, upstream.ErrTimeout) {
				t.Errorf("arrived %d times: %v, %d", server.Arrived(), err, status)
			}
		})
	}
}

func TestAReadIsSentAgainWhereThatMayHelp(t *testing.T) {
	for _, way := range cut.Ways() {
		t.Run(way.Name, func(t *testing.T) {
			t.Parallel()
			server, e, r := toCut(t, way)
			err := e.Read(r, 1<<20, whole)
			if again := server.Arrived() > 1; again != (way.Passes && !way.Refused) {
				t.Errorf("arrived %d times: %v", server.Arrived(), err)
			}
		})
	}
}
