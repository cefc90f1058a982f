package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/demo"
)

// errUsage means that the command line was invalid; package flag has printed why.
var errUsage = errors.New("usage")

// flags are the command line's flags.
type flags struct {
	listen, standIn string
	publicURL       string
	database        string
	users, seats    int
	tokenTTL        time.Duration
	listMaxAge      time.Duration
	upstreamTimeout time.Duration
	listTimeout     time.Duration
	issuer          string
	clientID        string
	secretFile      string
	apiOnly         bool
	logLevel        slog.Level
}

func parseFlags(args []string, stderr io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("demo", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&f.listen, "listen", "127.0.0.1:8080", "address of the dashboard")
	set.StringVar(&f.standIn, "stand-in", "127.0.0.1:8081", "address of the stand-in for Wallaroo and its identity provider")
	set.StringVar(&f.publicURL, "public-url", "", "address of the dashboard as browsers see it, when a proxy stands before it")
	set.StringVar(&f.database, "database", "", "database URL; empty keeps everything in a temporary folder")
	set.IntVar(&f.users, "users", demo.DefaultUsers, fmt.Sprintf("number of accounts, 0 to %d", demo.MaxUsers))
	set.IntVar(&f.seats, "seats", 0, "licence seats, 0 for no limit")
	set.DurationVar(&f.tokenTTL, "token-ttl", demo.DefaultTokenTTL, "life of an access token")
	set.DurationVar(&f.listMaxAge, "list-max-age", config.Default().ListMaxAge, "LIST_MAX_AGE of the dashboard")
	set.DurationVar(&f.upstreamTimeout, "upstream-timeout", config.Default().UpstreamTimeout, "UPSTREAM_TIMEOUT of the dashboard")
	set.DurationVar(&f.listTimeout, "list-timeout", config.Default().ListTimeout, "LIST_TIMEOUT of the dashboard")
	set.StringVar(&f.issuer, "issuer", "", "issuer of a real identity provider, in place of the embedded one")
	set.StringVar(&f.clientID, "client-id", demo.DefaultClientID, "client at that provider")
	set.StringVar(&f.secretFile, "client-secret-file", "", "file with the client's secret at that provider")
	set.BoolVar(&f.apiOnly, "api-only", false, "run the stand-in without the dashboard")
	set.TextVar(&f.logLevel, "log-level", slog.LevelWarn, "debug, info, warn or error")
	if err := set.Parse(args); err != nil {
		return f, errUsage
	}
	if set.NArg() > 0 {
		return f, fmt.Errorf("unknown argument %q", set.Arg(0))
	}
	if f.issuer != "" && f.secretFile == "" {
		return f, errors.New("--issuer needs --client-secret-file, a file with the client's secret")
	}
	return f, nil
}

// refuseRealSettings returns an error if the environment has settings of the real
// server, for which the demo could be mistaken.
func refuseRealSettings(environ map[string]string) error {
	var found []string
	for _, name := range config.Names() {
		if _, set := environ[name]; set {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return nil
	}
	slices.Sort(found)
	return fmt.Errorf("the demo does not start beside real settings: unset %s, or run cmd/server", strings.Join(found, ", "))
}

func (f flags) clientSecret() (string, error) {
	if f.secretFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(f.secretFile)
	if err != nil {
		return "", fmt.Errorf("--client-secret-file: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
