package wallaroo_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wallaroo-user-admin/internal/testing/cut"
	"wallaroo-user-admin/internal/wallaroo"
)

// toCut returns a client whose calls fail in one way.
func toCut(t *testing.T, way cut.Way) (*cut.Server, instance) {
	t.Helper()
	server := cut.Serve(t, way)
	origin, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	limit := 30 * time.Second
	if way.Hangs {
		limit = 2 * time.Second
	}
	return server, instanceOf(wallaroo.Options{Origin: origin, Transport: server.Transport, Timeout: limit, ListTimeout: limit})
}

func TestACallThatChangesSomethingArrivesOnceWhateverBecomesOfIt(t *testing.T) {
	long := strings.Repeat("x", 1<<20) + "@example.com" // takes a while to write
	for name, call := range map[string]func(context.Context, *wallaroo.Writer) error{
		"invite":     func(ctx context.Context, w *wallaroo.Writer) error { return third(w.Invite(ctx, "t", long, "")) },
		"activate":   func(ctx context.Context, w *wallaroo.Writer) error { return w.Activate(ctx, "t", long) },
		"deactivate": func(ctx context.Context, w *wallaroo.Writer) error { return w.Deactivate(ctx, "t", long) },
	} {
		for _, way := range cut.Ways() {
			t.Run(name+", "+way.Name, func(t *testing.T) {
				t.Parallel()
				server, c := toCut(t, way)
				err := call(t.Context(), c.Writer)
				var e *wallaroo.Error
				switch {
				case !errors.As(err, &e) || e.Op != name:
					t.Errorf("got %v", err)
				case !way.Allows(server.Arrived()) || !way.Refused && !wallaroo.InDoubt(err):
					t.Errorf("arrived %d times, in doubt %v: %v", server.Arrived(), wallaroo.InDoubt(err), err)
				}
			})
		}
	}
}

// The same failures for both sorts of call, so only the sort makes the difference.
func TestACallThatReadsIsSentAgain(t *testing.T) {
	for name, call := range map[string]func(context.Context, *wallaroo.Client) error{
		"the list":         func(ctx context.Context, c *wallaroo.Client) error { return third(c.Users(ctx, "t")) },
		"several accounts": func(ctx context.Context, c *wallaroo.Client) error { return third(c.UsersByID(ctx, "t", "u1", "u2")) },
		"an account": func(ctx context.Context, c *wallaroo.Client) error {
			_, _, _, err := c.UserByID(ctx, "t", "u1")
			return err
		},
	} {
		for _, way := range cut.Ways() {
			if way.Refused || !way.Passes {
				continue
			}
			t.Run(name+", "+way.Name, func(t *testing.T) {
				t.Parallel()
				server, c := toCut(t, way)
				if err := call(t.Context(), c.Client); err == nil || server.Arrived() < 2 {
					t.Errorf("arrived %d times: %v", server.Arrived(), err)
				}
			})
		}
	}
}

func TestAListThatWasCutIsReadAnewAndNobodyIsInItTwice(t *testing.T) {
	var calls atomic.Int32
	c := api(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1)%2 == 1 {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"users":{"u1":{},"u2":{},"u3":{}`)
			return
		}
		_, _ = io.WriteString(w, `{"users":{"u1":{},"u2":{}}}`)
	})
	list, err := c.Users(t.Context(), "t")
	if err != nil || len(list) != 2 || calls.Load() != 2 {
		t.Errorf("%d calls: %+v, %v", calls.Load(), list, err)
	}
	some, err := c.UsersByID(t.Context(), "t", "u1", "u2")
	if err != nil || len(some) != 2 || calls.Load() != 4 {
		t.Errorf("%d calls: %+v, %v", calls.Load(), some, err)
	}
}
