// Package cluster runs a whole installation on loopback, as an operator would, for tests that need several processes:
// PostgreSQL, several servers behind nginx without sticky sessions, and the demo's stand-in. It can kill servers and
// restart them.
//
// PostgreSQL and nginx must be installed; the servers run the product's program. Everything listens on loopback, writes
// to a temporary folder and ends with [Cluster.Close]. The package is not part of the shipped server.
package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"wallaroo-user-admin/internal/demo"
)

// Options configure a Cluster.
type Options struct {
	// Program is the server's file, as `make build` leaves it. Needed if Servers is above 0.
	Program string
	// Servers is the number of servers; with 0 only PostgreSQL is started.
	Servers int
	// Path of the public URL, such as "/admin/users-ui"; empty for a host of its own.
	Path string
	// Settings of the servers. They override those that the cluster sets.
	Settings map[string]string
	// Demo are the stand-in's options; Origin, PublicURL and ClientSecret are filled in.
	Demo demo.Options
	// Watch wraps the stand-in's handler, to record requests. Optional.
	Watch func(http.Handler) http.Handler
	// Out receives a line for each start and kill.
	Out io.Writer
}

// Cluster is a running installation.
type Cluster struct {
	// URL is the dashboard's public URL, StandIn that of the provider, the API and the controls.
	URL, StandIn string
	// Database is the URL of the servers' database, TestDatabase that of an empty one beside it.
	Database, TestDatabase string

	options  Options
	dir      string
	user     *user
	postgres *process
	nginx    *process
	servers  []*server
	standIn  *http.Server
	stopDemo func()
}

// Start starts everything and waits until it answers. Errors name what is missing, or have a program's last log lines.
func Start(ctx context.Context, o Options) (c *Cluster, err error) {
	c = &Cluster{options: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if c.user, err = unprivileged(); err != nil {
		return c, err
	}
	if c.dir, err = c.user.folder(); err != nil {
		return c, err
	}
	if err := c.startPostgres(ctx); err != nil || o.Servers == 0 {
		return c, err
	}
	return c, c.startSite(ctx)
}

// startSite starts all but PostgreSQL. nginx comes last, since its configuration has the servers' addresses; its own is
// the public URL, which the others need before.
func (c *Cluster) startSite(ctx context.Context) error {
	front, err := freePort(ctx)
	if err != nil {
		return err
	}
	c.URL = "http://127.0.0.1:" + strconv.Itoa(front) + c.options.Path
	secret := rand.Text()
	if err := c.startStandIn(ctx, secret); err != nil {
		return err
	}
	settings := c.settings(secret)
	for i := range c.options.Servers {
		s, err := c.newServer(ctx, i+1, settings)
		if err != nil {
			return err
		}
		c.servers = append(c.servers, s)
		if err := s.start(ctx); err != nil {
			return err
		}
	}
	if err := c.startNginx(ctx); err != nil {
		return err
	}
	c.say("%d servers behind nginx at %s", len(c.servers), c.URL)
	return nil
}

func (c *Cluster) startStandIn(ctx context.Context, secret string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	c.StandIn = "http://" + l.Addr().String()
	o := c.options.Demo
	o.Origin, o.PublicURL, o.ClientSecret = c.StandIn, c.URL, secret
	d, err := demo.New(o)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	handler := d.Handler()
	if c.options.Watch != nil {
		handler = c.options.Watch(handler)
	}
	c.standIn, c.stopDemo = &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}, d.Close
	go func() { _ = c.standIn.Serve(l) }() // ends with Close
	return nil
}

// settings returns the environment of all servers.
func (c *Cluster) settings(secret string) map[string]string {
	all := map[string]string{
		"WALLAROO_URL": c.StandIn, "PUBLIC_URL": c.URL, "INSTANCE_NAME": "demo",
		"OIDC_CLIENT_ID": demo.DefaultClientID, "OIDC_CLIENT_SECRET": secret, "SESSION_SECRET": rand.Text() + rand.Text(),
		"DATABASE_URL": c.Database, "TRUSTED_PROXIES": "127.0.0.1/32", "LOG_LEVEL": "warn",
	}
	for name, value := range c.options.Settings {
		all[name] = value
	}
	return all
}

// Close stops everything and removes its files. It returns an error if a server had ended by itself, with its last log
// lines.
func (c *Cluster) Close() error {
	var errs []error
	if c.nginx != nil {
		c.nginx.end()
	}
	for _, s := range c.servers {
		errs = append(errs, s.end())
	}
	if c.standIn != nil {
		errs = append(errs, c.standIn.Close())
		c.stopDemo()
	}
	if c.postgres != nil {
		c.postgres.end()
	}
	if c.dir != "" {
		errs = append(errs, os.RemoveAll(c.dir))
	}
	return errors.Join(errs...)
}

// SaveLogs copies the programs' logs into a folder.
func (c *Cluster) SaveLogs(folder string) error {
	logs, err := filepath.Glob(c.file("*.log"))
	if err == nil {
		err = os.MkdirAll(folder, 0o750)
	}
	if err != nil {
		return err
	}
	for _, log := range logs {
		text, err := os.ReadFile(log) //nolint:gosec // in our own temporary folder
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, filepath.Base(log)), text, 0o600) //nolint:gosec // the caller's folder
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) say(format string, args ...any) {
	_, _ = fmt.Fprintf(c.options.Out, "cluster: "+format+"\n", args...) // a failed report doesn't fail the run
}

func (c *Cluster) file(name ...string) string {
	return filepath.Join(append([]string{c.dir}, name...)...)
}

// freePort returns a free port. Another process may take it before it is used; the program then fails to start.
func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, errors.Join(err, l.Close())
	}
	n, err := strconv.Atoi(port)
	return n, errors.Join(err, l.Close())
}

// mostLines is the number of log lines in an error: a report of the race detector has some forty.
const mostLines = 60

// lastLines returns the end of a log, for an error.
func lastLines(file string) string {
	text, err := os.ReadFile(file) //nolint:gosec // a log in our own temporary folder
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-mostLines):], "\n")
}
