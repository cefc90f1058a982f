// Command soak puts an installation of two servers under load, kills one of them at intervals, and verifies that every
// change was done once, in the right name, and audited. See internal/testing/soak.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"wallaroo-user-admin/internal/testing/soak"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	o := soak.Default()
	o.Out = os.Stdout
	set := flag.NewFlagSet("soak", flag.ContinueOnError)
	program := set.String("server", ".cache/server", "the server's program")
	set.StringVar(&o.Logs, "logs", ".cache/soak", "folder for the programs' logs if something did not hold")
	set.DurationVar(&o.Duration, "duration", o.Duration, "how long browsers read and change")
	set.IntVar(&o.Browsers, "browsers", o.Browsers, "how many browsers")
	set.IntVar(&o.Administrators, "administrators", o.Administrators, "how many administrators share them")
	set.DurationVar(&o.ReadEvery, "read-every", o.ReadEvery, "time between two reads of a browser")
	set.DurationVar(&o.ChangeEvery, "change-every", o.ChangeEvery, "time between two changes of a browser")
	set.DurationVar(&o.KillEvery, "kill-every", o.KillEvery, "time between two kills")
	set.DurationVar(&o.TokenTTL, "token-ttl", o.TokenTTL, "life of an access token, above 6s")
	if err := set.Parse(args); err != nil {
		return err
	}
	if o.Program, err = filepath.Abs(*program); err != nil {
		return err
	}
	return soak.Run(ctx, o)
}
