package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"wallaroo-user-admin/internal/config"
)

// healthcheck requests /healthz of the server in this container. The image has no
// shell or curl for it.
func healthcheck(ctx context.Context, environ map[string]string) error {
	u, err := healthURL(environ)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d", u.Path, res.StatusCode)
	}
	return nil
}

// healthURL returns the URL of the server's /healthz: at the port of LISTEN and
// below the path of PUBLIC_URL. It reads no other settings, so that a check needs
// no secrets.
func healthURL(environ map[string]string) (*url.URL, error) {
	listen, public := strings.TrimSpace(environ["LISTEN"]), strings.TrimSpace(environ["PUBLIC_URL"]) // as the server does
	if listen == "" {
		listen = config.Default().Listen
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, fmt.Errorf("LISTEN: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	base, err := url.Parse(public)
	if err != nil {
		return nil, fmt.Errorf("PUBLIC_URL: %w", err)
	}
	return &url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: base.JoinPath("healthz").Path}, nil
}
