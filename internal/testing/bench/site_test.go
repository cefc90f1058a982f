package main

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/app"
	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// site is the dashboard as it is deployed, over TCP on loopback, with a stand-in
// of the users API, and an administrator signed in.
type site struct {
	address string
	cookies string
}

func startSite(b *testing.B, users int) *site {
	b.Helper()
	stack := harness.StartWith(b, harness.Options{
		Demo: demo.Options{Users: users, TokenTTL: 12 * time.Hour},
		// A log is written as in production, and thrown away.
		App: app.Options{Logger: slog.New(slog.NewJSONHandler(io.Discard, nil)), ExportsAMinute: 1 << 30},
		// One read of the list lasts for the whole run; reads have their own benchmark.
	}, harness.With("LIST_TIMEOUT", "10m"), harness.With("LIST_MAX_AGE", "1h"))
	browser := stack.SignedIn(demo.AdminEmail)
	for page := ""; !strings.Contains(page, `class="who"`); { // until the list is loaded
		page = browser.Get(stack.Site + "/users?q=" + demo.AdminEmail).Body
	}
	browser.Client.CloseIdleConnections()
	quiet()
	var pairs []string
	for _, c := range browser.Cookies() {
		pairs = append(pairs, c.String())
	}
	return &site{address: stack.Host(), cookies: strings.Join(pairs, "; ")}
}

// quiet waits until the background work after a read has ended.
func quiet() {
	const look, idle = 200 * time.Millisecond, 10 * time.Millisecond
	for before := cpu(); ; before = cpu() {
		time.Sleep(look)
		if cpu()-before < idle {
			return
		}
	}
}

// asker repeats one request on one connection, with little overhead, since its
// time is in every measurement.
type asker struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
}

// asking prepares a GET; headers are pairs of name and value.
func asking(b *testing.B, address, path string, headers ...string) *asker {
	b.Helper()
	conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	request := "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\n"
	for i := 0; i+1 < len(headers); i += 2 {
		request += headers[i] + ": " + headers[i+1] + "\r\n"
	}
	return &asker{conn: conn, in: bufio.NewReader(conn), request: []byte(request + "\r\n")}
}

// ask returns the header of the answer and its length as sent, and writes the
// body to w.
func (a *asker) ask(w io.Writer) (http.Header, int64, error) {
	if _, err := a.conn.Write(a.request); err != nil {
		return nil, 0, err
	}
	res, err := http.ReadResponse(a.in, nil)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	n, err := io.Copy(w, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = errors.New(res.Status)
	}
	return res.Header, n, err
}
