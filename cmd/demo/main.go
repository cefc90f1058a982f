// Command demo runs the dashboard without any setup, for a first look and for
// tests: an OIDC provider and a stand-in of Wallaroo's users API on one loopback
// port, and the server of cmd/server in front of them on another.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata"

	"wallaroo-user-admin/internal/app"
	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/demo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Args[1:], config.Environ(), os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, environ map[string]string, stdout, stderr io.Writer) error {
	f, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	if err := refuseRealSettings(environ); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: f.logLevel}))
	p, err := listen(ctx, f)
	if err != nil {
		return err
	}
	d, err := demo.New(p.demoOptions(f, log))
	if err != nil {
		return err
	}
	defer d.Close()
	standIn := p.serveStandIn(d.Handler())
	defer standIn.close()
	if f.apiOnly {
		if _, err := fmt.Fprintf(stdout, "Stand-in of the users API: %s\n", p.standInURL); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}
	settings, cleanUp, err := p.settings(f)
	if err != nil {
		return err
	}
	defer cleanUp()
	if err := welcome(stdout, f, p); err != nil {
		return err
	}
	return app.Run(ctx, settings, app.Options{Logger: log, Listener: p.site})
}

// welcome prints the address and the accounts.
func welcome(w io.Writer, f flags, p ports) error {
	_, err := fmt.Fprintf(w, "\n  Wallaroo User Admin, demo\n\n  Open      %s\n", p.publicURL)
	if err == nil && f.issuer == "" {
		_, err = fmt.Fprintf(w, "  Sign in   %s (administrator) or %s (a plain user), password %q\n", demo.AdminEmail, demo.PlainEmail, demo.Password)
	}
	if err == nil {
		_, err = fmt.Fprintf(w, "  Stand-in  %s (users API, identity provider, /control/ for tests)\n  Stop      Ctrl+C\n\n", p.standInURL)
	}
	return err
}
