package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/demo"
)

// ports has the demo's two listeners and its generated secret.
type ports struct {
	site, standIn         net.Listener
	publicURL, standInURL string
	secret                string
}

func listen(ctx context.Context, f flags) (ports, error) {
	p := ports{secret: rand.Text()}
	var lc net.ListenConfig
	var err error
	if p.standIn, err = lc.Listen(ctx, "tcp", f.standIn); err != nil {
		return p, fmt.Errorf("--stand-in: %w", err)
	}
	p.standInURL = "http://" + p.standIn.Addr().String()
	if f.apiOnly {
		p.publicURL = "http://" + f.listen
		return p, nil
	}
	if p.site, err = lc.Listen(ctx, "tcp", f.listen); err != nil {
		return p, fmt.Errorf("--listen: %w", err)
	}
	p.publicURL = f.publicURL
	if p.publicURL == "" {
		p.publicURL = "http://" + p.site.Addr().String()
	}
	return p, nil
}

func (p ports) demoOptions(f flags, log *slog.Logger) demo.Options {
	users := f.users
	if users == 0 {
		users = demo.NoUsers
	}
	return demo.Options{
		Origin: p.standInURL, PublicURL: p.publicURL, ClientID: f.clientID, ClientSecret: p.secret,
		Users: users, Seats: f.seats, TokenTTL: f.tokenTTL, Issuer: f.issuer, Logger: log,
	}
}

// standIn is the running stand-in.
type standIn struct{ server *http.Server }

func (p ports) serveStandIn(h http.Handler) standIn {
	s := standIn{server: &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}}
	go func() { _ = s.server.Serve(p.standIn) }() // ends with close
	return s
}

func (s standIn) close() { _ = s.server.Close() }

// settings returns the settings for the stand-in, loaded and validated like the
// server's.
func (p ports) settings(f flags) (config.Settings, func(), error) {
	database, cleanUp, err := f.databaseURL()
	if err != nil {
		return config.Settings{}, cleanUp, err
	}
	secret, err := f.clientSecret()
	if err != nil {
		cleanUp()
		return config.Settings{}, func() {}, err
	}
	if secret == "" {
		secret = p.secret
	}
	environ := map[string]string{
		"WALLAROO_URL": p.standInURL, "PUBLIC_URL": p.publicURL, "INSTANCE_NAME": "demo",
		"OIDC_CLIENT_ID": f.clientID, "OIDC_CLIENT_SECRET": secret, "SESSION_SECRET": rand.Text() + rand.Text(),
		"DATABASE_URL": database, "METRICS_LISTEN": "", "LIST_MAX_AGE": f.listMaxAge.String(),
		"UPSTREAM_TIMEOUT": f.upstreamTimeout.String(), "LIST_TIMEOUT": f.listTimeout.String(),
	}
	if f.issuer != "" {
		environ["OIDC_ISSUER"] = f.issuer
	}
	if f.seats > 0 {
		environ["SEAT_LIMIT"] = strconv.Itoa(f.seats)
	}
	settings, err := config.Load(environ)
	if err != nil {
		cleanUp()
		return settings, func() {}, err
	}
	return settings, cleanUp, nil
}

// databaseURL returns the named database, or one in a new temporary folder.
func (f flags) databaseURL() (string, func(), error) {
	if f.database != "" {
		return f.database, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "wallaroo-user-admin-demo-")
	if err != nil {
		return "", func() {}, err
	}
	return "sqlite:" + filepath.Join(dir, "demo.db"), func() { _ = os.RemoveAll(dir) }, nil
}
