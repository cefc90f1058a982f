// Command server is Wallaroo User Admin: an admin dashboard over Wallaroo's
// users API.
//
//	server              serves until SIGTERM or SIGINT, then drains
//	server healthcheck  requests /healthz of the server on LISTEN
//	server version      prints the version
//
// Settings come from the environment. If any are missing or invalid it names all
// of them and exits 2.
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
	_ "time/tzdata" // time zones, for an image without zoneinfo files

	"wallaroo-user-admin/internal/app"
	"wallaroo-user-admin/internal/config"
)

// Exit codes: 1 is a failure while running, 2 an error in settings or usage.
const (
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], config.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, environ map[string]string, stdout, stderr io.Writer) int {
	command := "serve"
	if len(args) > 0 {
		command = args[0]
	}
	switch command {
	case "serve":
		return serve(ctx, environ, stdout, stderr)
	case "healthcheck":
		return report(stderr, healthcheck(ctx, environ))
	case "version":
		_, err := fmt.Fprintln(stdout, version())
		return report(stderr, err)
	default:
		return usage(stderr, command)
	}
}

func usage(stderr io.Writer, command string) int {
	if _, err := fmt.Fprintf(stderr, "unknown command %q\nusage: server [healthcheck | version]\n", command); err != nil {
		return exitFailure
	}
	return exitUsage
}

func serve(ctx context.Context, environ map[string]string, stdout, stderr io.Writer) int {
	settings, err := config.Load(environ)
	var faults config.Faults
	if errors.As(err, &faults) {
		if _, err := fmt.Fprintln(stderr, faults.Error()); err != nil {
			return exitFailure
		}
		return exitUsage
	}
	if err != nil {
		return report(stderr, err)
	}
	log := newLogger(settings, stdout)
	log.Info("starting", slog.String("version", version()), slog.Any("settings", settings))
	if err := app.Run(ctx, settings, app.Options{Logger: log}); err != nil {
		log.Error("stopped", slog.Any("error", err))
		return exitFailure
	}
	return 0
}

func newLogger(settings config.Settings, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: settings.LogLevel}
	if settings.LogFormat == config.LogText {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

func report(stderr io.Writer, err error) int {
	if err == nil {
		return 0
	}
	if _, err := fmt.Fprintln(stderr, err); err != nil {
		return exitFailure
	}
	return exitFailure
}
