package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	connectTimeout = 5 * time.Second
	// connLifetime lets a pool follow a database that has moved to another host.
	connLifetime = 30 * time.Minute
	retryEvery   = 500 * time.Millisecond
	maxConns     = 16
)

func openPostgres(ctx context.Context, text string, opts Options) (*DB, error) {
	cfg, err := postgresConfig(text)
	if err != nil {
		return nil, err
	}
	db := &DB{DB: stdlib.OpenDB(*cfg), engine: PostgreSQL}
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	db.SetConnMaxLifetime(connLifetime)
	if err := db.await(ctx, opts.Wait); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.migrate(ctx, opts.Logger); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// postgresConfig reads a postgres:// URL. TLS with a verified certificate is
// the default for a host that is not loopback; sslmode=require (encrypted, not
// verified) and sslmode=disable are accepted, while allow and prefer, which fall
// back silently, are rejected.
func postgresConfig(text string) (*pgx.ConnConfig, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Opaque != "" {
		// url.Error contains the whole text, including the password. Other formats would be read as pairs like host=x,
		// where the sslmode set below would become part of the host.
		return nil, fmt.Errorf("%w: it can't be parsed", ErrURL)
	}
	query := u.Query()
	mode := query.Get("sslmode")
	if mode == "" {
		mode = os.Getenv("PGSSLMODE")
	}
	cfg, err := parsePostgres(u, query, mode)
	if err != nil {
		return nil, err
	}
	if !allLocal(cfg) {
		switch mode {
		case "allow", "prefer":
			return nil, fmt.Errorf("%w: sslmode=%s would fall back to no TLS in silence; write verify-full, require or disable", ErrURL, mode)
		case "":
			if cfg, err = parsePostgres(u, query, "verify-full"); err != nil {
				return nil, err
			}
		}
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "wallaroo-user-admin"
	}
	return cfg, nil
}

func parsePostgres(u *url.URL, query url.Values, mode string) (*pgx.ConnConfig, error) {
	if mode != "" {
		query.Set("sslmode", mode)
	}
	withMode := *u
	withMode.RawQuery = query.Encode()
	cfg, err := pgx.ParseConfig(withMode.String())
	if err != nil {
		// The parser's own error masks the password; its cause suffices.
		cause := errors.Unwrap(err)
		var parse *pgconn.ParseConfigError
		if !errors.As(err, &parse) || cause == nil {
			return nil, fmt.Errorf("%w: it can't be parsed", ErrURL)
		}
		return nil, fmt.Errorf("%w: %w", ErrURL, cause)
	}
	return cfg, nil
}

// allLocal reports whether every host that the configuration may try is this
// machine: a socket in the file system, localhost or a loopback address.
func allLocal(cfg *pgx.ConnConfig) bool {
	hosts := []string{cfg.Host}
	for _, fallback := range cfg.Fallbacks {
		hosts = append(hosts, fallback.Host)
	}
	return !slices.ContainsFunc(hosts, func(host string) bool { return !isLocal(host) })
}

func isLocal(host string) bool {
	addr, err := netip.ParseAddr(host)
	isLoopback := err == nil && addr.Unmap().IsLoopback()
	return strings.HasPrefix(host, "/") || strings.EqualFold(host, "localhost") || isLoopback
}

// await pings the database until it responds, for at most wait. It retries only if
// the host is unreachable or starting up, not after a wrong password, say.
func (db *DB) await(ctx context.Context, wait time.Duration) error {
	deadline := time.Now().Add(wait)
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !isTransient(err) || time.Now().Add(retryEvery).After(deadline) {
			return fmt.Errorf("store: connect: %w", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryEvery):
		}
	}
}

func isTransient(err error) bool {
	const startingUp = "57P03" // cannot_connect_now, PostgreSQL's appendix A
	var told *pgconn.PgError
	if errors.As(err, &told) {
		return told.Code == startingUp
	}
	var network *net.OpError
	return errors.As(err, &network)
}
