package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/app"
	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/demo"
)

// site is the dashboard as it is deployed, over TCP on loopback, with a stand-in
// of the users API, and an administrator signed in.
type site struct {
	address string
	cookies string
}

func startSite(b *testing.B, users int) *site {
	b.Helper()
	standIn, public := listen(b), listen(b)
	const secret = "the-client-secret"
	settings, err := config.Load(map[string]string{
		"WALLAROO_URL": "http://" + standIn.Addr().String(), "PUBLIC_URL": "http://" + public.Addr().String(),
		"OIDC_CLIENT_ID": demo.DefaultClientID, "OIDC_CLIENT_SECRET": secret, "SESSION_SECRET": "a-secret-for-benchmarks-0123456789",
		"DATABASE_URL": "sqlite:" + filepath.Join(b.TempDir(), "bench.db"), "METRICS_LISTEN": "", "LIST_TIMEOUT": "10m",
		// One read lasts for the whole run: it is measured by itself.
		"LIST_MAX_AGE": "1h",
	})
	if err != nil {
		b.Fatal(err)
	}
	d, err := demo.New(demo.Options{
		Origin: settings.WallarooURL, PublicURL: settings.PublicURL, ClientSecret: secret, Users: users, TokenTTL: 12 * time.Hour,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	serve(b, standIn, d.Handler())
	b.Cleanup(d.Close)
	run(b, settings, public)
	s := &site{address: public.Addr().String()}
	s.signIn(b)
	return s
}

func listen(b *testing.B) net.Listener {
	b.Helper()
	l, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	return l
}

func serve(b *testing.B, l net.Listener, h http.Handler) {
	b.Helper()
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }() // ends with Close
	b.Cleanup(func() { _ = server.Close() })
}

func run(b *testing.B, settings config.Settings, l net.Listener) {
	b.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		// A log is written as in production, and thrown away.
		log := slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: settings.LogLevel}))
		ended <- app.Run(ctx, settings, app.Options{Listener: l, Logger: log, ExportsAMinute: 1 << 30})
	}()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Errorf("the server did not end in order: %v", err)
		}
	})
}

// signIn fills in the provider's form, waits until the list is there, and keeps
// the cookies.
func (s *site) signIn(b *testing.B) {
	b.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	form, at := fetch(b, client, http.MethodGet, "http://"+s.address+"/users", nil)
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(form)
	if id == nil {
		b.Fatalf("no form to sign in with: %s", form)
	}
	to := at.ResolveReference(&url.URL{Path: "/auth/realms/master/login-actions/authenticate"})
	fetch(b, client, http.MethodPost, to.String(), url.Values{"id": {id[1]}, "username": {demo.AdminEmail}, "password": {demo.Password}})
	for page := ""; !strings.Contains(page, `class="who"`); {
		page, at = fetch(b, client, http.MethodGet, "http://"+s.address+"/users?q="+demo.AdminEmail, nil)
	}
	quiet()
	var pairs []string
	for _, c := range jar.Cookies(at) {
		pairs = append(pairs, c.String())
	}
	s.cookies = strings.Join(pairs, "; ")
}

// quiet waits until what follows a read in the background has ended.
func quiet() {
	const look, idle = 200 * time.Millisecond, 10 * time.Millisecond
	for before := cpu(); ; before = cpu() {
		time.Sleep(look)
		if cpu()-before < idle {
			return
		}
	}
}

func fetch(b *testing.B, client *http.Client, method, address string, form url.Values) (string, *url.URL) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return string(text), res.Request.URL
}

// asker asks one thing again and again on one connection, with as little effort
// of its own as can be: its time is in every measurement.
type asker struct {
	conn    net.Conn
	in      *bufio.Reader
	request []byte
}

// asking prepares a GET; headers come as pairs of name and value.
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

// ask gives the header of the answer and its length as sent, and writes the
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
