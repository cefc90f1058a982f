package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/config"
)

// pipes is a listener without a network, for tests in a synctest bubble.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error { close(p); return nil }

func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// connect returns the client's end of a connection to a server with the production limits.
func connect(t *testing.T, settings config.Settings, site http.HandlerFunc) net.Conn {
	t.Helper()
	server, listener := newServer(settings, site, slog.New(slog.DiscardHandler)), make(pipes)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	far, near := net.Pipe()
	listener <- near
	t.Cleanup(func() {
		if err := errors.Join(far.Close(), server.Close()); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return far
}

func TestSec62_AClientThatSendsTooSlowlyIsDisconnected(t *testing.T) {
	const get = "GET / HTTP/1.1\r\nHost: x\r\n"
	for name, row := range map[string]struct {
		sends          string
		after, notLong time.Duration // when the connection has ended
	}{
		"says nothing":             {"", 5 * time.Second, 10 * time.Second},
		"does not end its headers": {get + "X-Slow: ", 5 * time.Second, 10 * time.Second},
		"does not end its body":    {strings.Replace(get, "GET", "POST", 1) + "Content-Length: 10\r\n\r\nhalf", 10 * time.Second, 31 * time.Second},
		// nginx keeps one for a minute: ending it first would break a request that is sent just then.
		"does not ask again": {get + "\r\n", 61 * time.Second, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := connect(t, config.Default(), func(w http.ResponseWriter, r *http.Request) {
					if _, err := io.Copy(io.Discard, r.Body); err != nil {
						w.WriteHeader(http.StatusBadRequest)
					}
				})
				began := time.Now()
				go func() { _, _ = io.WriteString(far, row.sends) }() // what is cut off is seen below
				if err := far.SetReadDeadline(began.Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				said, err := io.ReadAll(far)
				if took := time.Since(began); err != nil || took < row.after || took > row.notLong {
					t.Errorf("after %v: %v %q", took, err, said)
				}
			})
		})
	}
}

func TestSec62_AClientThatDoesNotReadTheAnswerIsDisconnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took := make(chan time.Duration, 1)
		far := connect(t, config.Default(), func(w http.ResponseWriter, _ *http.Request) {
			began := time.Now()
			for range 100 {
				_, _ = w.Write(make([]byte, 64<<10)) // it fails from some time on
			}
			took <- time.Since(began)
		})
		if _, err := io.WriteString(far, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		// No sooner than the longest request may be answered.
		least, most := config.Default().ChangeDeadline(), config.Default().ChangeDeadline()+time.Minute
		select {
		case d := <-took:
			if d < least || d > most {
				t.Errorf("after %v", d)
			}
		case <-time.After(time.Hour):
			t.Error("never")
		}
	})
}

func TestTheSlowestPageIsStillDelivered(t *testing.T) {
	for name, times := range map[string]struct{ single, list time.Duration }{
		"by default":             {config.Default().UpstreamTimeout, config.Default().ListTimeout},
		"long calls, short list": {40 * time.Second, time.Second},
		"short calls, long list": {time.Second, 10 * time.Minute},
		"all as long as can be":  {5 * time.Minute, 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				settings := config.Default()
				settings.UpstreamTimeout, settings.ListTimeout = times.single, times.list
				far := connect(t, settings, func(w http.ResponseWriter, _ *http.Request) {
					// To the longest deadline, and then a database that takes its time for the outcome.
					time.Sleep(settings.ChangeDeadline() + 15*time.Second)
					w.WriteHeader(http.StatusGatewayTimeout)
				})
				if _, err := io.WriteString(far, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
				if said, err := io.ReadAll(far); err != nil || !strings.HasPrefix(string(said), "HTTP/1.1 504 ") {
					t.Errorf("%v %q", err, said)
				}
			})
		})
	}
}

func TestTheIngressTimeoutInTheDocsCoversTheSlowestPage(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`proxy_read_timeout (\w+);`).FindSubmatch(guide)
	if found == nil {
		t.Fatal("the guide says nothing of it")
	}
	if waits, err := time.ParseDuration(string(found[1])); err != nil || waits <= config.Default().ChangeDeadline()+afterDeadline {
		t.Errorf("it waits for %v, and an answer takes up to %v (%v)", waits, config.Default().ChangeDeadline()+afterDeadline, err)
	}
}

func TestSec62_HeadersOfAnyKindAreBounded(t *testing.T) {
	for name, headers := range map[string]string{
		"a long one": "X-Long: " + strings.Repeat("x", 64<<10) + "\r\n",
		"many":       strings.Repeat("X-Many: 0123456789\r\n", 4<<10),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := connect(t, config.Default(), func(http.ResponseWriter, *http.Request) { t.Error("the site is asked") })
				go func() { _, _ = fmt.Fprintf(far, "GET / HTTP/1.1\r\nHost: x\r\n%s\r\n", headers) }() // it is not read to its end
				if err := far.SetReadDeadline(time.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				if said, err := io.ReadAll(far); err != nil || !strings.HasPrefix(string(said), "HTTP/1.1 431 ") {
					t.Errorf("%v %q", err, said)
				}
			})
		})
	}
}
