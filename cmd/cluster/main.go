// Command cluster runs another command beside an installation on loopback: PostgreSQL, nginx, several servers, of which
// one is killed at intervals, and the demo's stand-in.
//
//	cluster --servers 2 --kill-every 20s -- npx playwright test
//
// The command's environment has E2E_BASE_URL, E2E_CONTROL_URL and E2E_PROVIDER (see e2e/README.md), E2E_KILLS_FILE (a
// file with a line for each kill: when it began and ended, in milliseconds), E2E_REQUESTS_FILE (nginx's requests),
// E2E_SERVERS (the number of servers) and TEST_POSTGRES_URL (an empty database). The exit code is the command's, or 1 if
// the installation could not be started or has failed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/cluster"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	var ended *exec.ExitError
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.As(err, &ended) && ended.ExitCode() > 0:
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(ended.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

// settings sets the same short API timeouts as the demo of the browser tests.
func settings() map[string]string {
	return map[string]string{"UPSTREAM_TIMEOUT": "3s", "LIST_TIMEOUT": "6s"}
}

func run(ctx context.Context, args []string) (err error) {
	o := cluster.Options{Out: os.Stderr, Settings: settings(), Demo: demo.Options{Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}}
	set := flag.NewFlagSet("cluster", flag.ContinueOnError)
	program := set.String("server", ".cache/server", "the server's program")
	every := set.Duration("kill-every", 0, "time between two kills of a server, 0 for none")
	set.IntVar(&o.Servers, "servers", 2, "how many servers; 0: PostgreSQL only")
	set.StringVar(&o.Path, "path", "", "path of the public URL, such as /admin/users-ui")
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() == 0 {
		return errors.New("no command: cluster [flags] -- COMMAND [ARGUMENT…]")
	}
	if o.Program, err = filepath.Abs(*program); err != nil {
		return err
	}
	c, err := cluster.Start(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return beside(ctx, c, *every, o.Servers, set.Args())
}

// beside runs the command while servers are killed.
func beside(ctx context.Context, c *cluster.Cluster, every time.Duration, servers int, command []string) (err error) {
	kills, err := os.CreateTemp("", "kills-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kills.Close(), os.Remove(kills.Name())) }()
	ctx, stop := context.WithCancel(ctx)
	var killer sync.WaitGroup
	var broken error
	if every > 0 {
		killer.Go(func() {
			broken = c.KillInTurn(ctx, every, func(k cluster.Kill) { _, _ = fmt.Fprintln(kills, k.From.UnixMilli(), k.Until.UnixMilli()) })
		})
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the command line of our own caller
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	// Its own process group, so that its children end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	cmd.Env = append(os.Environ(), "E2E_BASE_URL="+c.URL, "E2E_CONTROL_URL="+c.StandIn, "E2E_PROVIDER=demo",
		"E2E_KILLS_FILE="+kills.Name(), "E2E_REQUESTS_FILE="+c.Requests(), "E2E_SERVERS="+strconv.Itoa(servers), "TEST_POSTGRES_URL="+c.TestDatabase)
	err = cmd.Run()
	stop()
	killer.Wait()
	return errors.Join(err, broken)
}
