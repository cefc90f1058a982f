// Package harness runs a whole installation on loopback for a test: the real server and router, the real sign-in against
// the demo's provider, and the stand-in of the users API. Tests reach all pages through it; faults of the API are set by
// the stand-in's controls.
package harness

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/app"
	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/demo"
)

// Secrets that the dashboard is started with.
const (
	ClientSecret  = "the-client-secret"
	SessionSecret = "a-secret-for-tests-0123456789abcdefgh"
)

// Stack is a whole installation on loopback: provider, users API, dashboard.
type Stack struct {
	T testing.TB
	// Site is the dashboard's public URL, Address the URL at which it listens.
	Site, Address string
	// StandIn is the URL of the provider and of the users API.
	StandIn string
	// Log has what the dashboard logs.
	Log *Log

	environ map[string]string
	app     app.Options
	client  *http.Client // of the test itself
}

// Setting changes the environment variables that the dashboard is started with.
type Setting func(environ map[string]string)

// With sets one environment variable.
func With(name, value string) Setting {
	return func(environ map[string]string) { environ[name] = value }
}

// Options configure a Stack.
type Options struct {
	Demo demo.Options
	// Around wraps the handler of the provider and the users API, to inspect requests or change answers. Optional.
	Around func(http.Handler) http.Handler
	// App has the dashboard's options. Without a logger it logs to Stack.Log.
	App app.Options
}

// Start starts a stack, and stops it at the end of the test.
func Start(t testing.TB, o demo.Options, settings ...Setting) *Stack {
	t.Helper()
	return StartWith(t, Options{Demo: o}, settings...)
}

// StartWith is Start with more options.
func StartWith(t testing.TB, o Options, settings ...Setting) *Stack {
	t.Helper()
	s, l, environ := Prepare(t, o, settings...)
	s.run(l, environ)
	return s
}

// Prepare is StartWith without the dashboard, which the caller runs on the listener, or on its own, with the returned
// environment variables.
func Prepare(t testing.TB, o Options, settings ...Setting) (*Stack, net.Listener, map[string]string) {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	standIn, site := Listen(t), Listen(t)
	s := &Stack{
		T: t, Address: "http://" + site.Addr().String(), StandIn: "http://" + standIn.Addr().String(),
		Log: &Log{}, app: o.App, client: &http.Client{Transport: transport},
	}
	s.environ = map[string]string{
		"WALLAROO_URL": s.StandIn, "PUBLIC_URL": s.Address, "INSTANCE_NAME": "test",
		"OIDC_CLIENT_ID": demo.DefaultClientID, "OIDC_CLIENT_SECRET": ClientSecret, "METRICS_LISTEN": "",
		"SESSION_SECRET": SessionSecret,
		"DATABASE_URL":   "sqlite:" + filepath.Join(t.TempDir(), "test.db"), "LOG_LEVEL": "debug",
	}
	environ := s.with(settings...)
	o.Demo.Origin, o.Demo.PublicURL, o.Demo.ClientSecret = s.StandIn, s.Site, ClientSecret
	s.runStandIn(standIn, o)
	return s, site, environ
}

// Another starts one more server of the same installation, with an address of its own. It shares the database if
// settings set the same one.
func (s *Stack) Another(settings ...Setting) *Stack {
	s.T.Helper()
	site := Listen(s.T)
	next := *s
	next.Address, next.Log, next.environ = "http://"+site.Addr().String(), &Log{}, maps.Clone(s.environ)
	next.environ["PUBLIC_URL"] = next.Address
	next.run(site, next.with(settings...))
	return &next
}

// with returns the environment after settings, and sets Site to its public URL.
func (s *Stack) with(settings ...Setting) map[string]string {
	environ := maps.Clone(s.environ)
	for _, change := range settings {
		change(environ)
	}
	s.Site = environ["PUBLIC_URL"]
	return environ
}

// Listen listens on a free port on loopback.
func Listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (s *Stack) runStandIn(l net.Listener, o Options) {
	o.Demo.Logger = slog.New(slog.DiscardHandler)
	d, err := demo.New(o.Demo)
	if err != nil {
		s.T.Fatal(err)
	}
	handler := d.Handler()
	if o.Around != nil {
		handler = o.Around(handler)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }() // ends with Close
	s.T.Cleanup(func() {
		_ = server.Close()
		d.Close()
	})
}

// run runs the dashboard until the test ends.
func (s *Stack) run(l net.Listener, environ map[string]string) {
	s.T.Helper()
	settings, err := config.Load(environ)
	if err != nil {
		s.T.Fatal(err)
	}
	o := s.app
	if o.Listener = l; o.Logger == nil {
		o.Logger = slog.New(slog.NewJSONHandler(s.Log, &slog.HandlerOptions{Level: settings.LogLevel}))
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- app.Run(ctx, settings, o) }()
	s.T.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.T.Errorf("the server did not end in order: %v", err)
		}
	})
}

// Log is a buffer for logs. It is safe for concurrent use.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns what has been logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
