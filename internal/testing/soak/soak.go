// Package soak puts an installation under load while a server is killed again and again, and then compares what every
// browser was told with the calls to the users API and with the activity log.
//
// Many signed-in browsers, of several administrators, read pages and change accounts. Each has accounts of its own, so
// that it knows their expected state. See [Run] for what must hold.
package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/cluster"
)

// Options configure a run.
type Options struct {
	// Program is the server's file, as `make build` leaves it.
	Program string
	// Duration is how long browsers read and change, after all have signed in.
	Duration time.Duration
	// Browsers is the number of browsers, Administrators that of the administrators who share them.
	Browsers, Administrators int
	// ReadEvery and ChangeEvery are the intervals of one browser, KillEvery is the time between two kills.
	ReadEvery, ChangeEvery, KillEvery time.Duration
	// TokenTTL is the lifetime of an access token.
	TokenTTL time.Duration
	// Logs is a folder for the programs' logs after a failure; empty for none.
	Logs string
	// Out receives the report.
	Out io.Writer
}

// Default returns the load that the servers must withstand.
func Default() Options {
	return Options{
		Duration: time.Minute, Browsers: 200, Administrators: 20, ReadEvery: time.Second, ChangeEvery: 20 * time.Second,
		KillEvery: 20 * time.Second, TokenTTL: 20 * time.Second,
	}
}

// mostFaults is how many faults are printed; the rest is counted.
const mostFaults = 30

// soak is one run.
type soak struct {
	Options
	cluster  *cluster.Cluster
	recorder *recorder
	browsers []*browser
	memory   *memory
	marks    *regexp.Regexp // finds the mark that shows whose list is on a page

	// Written only by kill, and read after it has returned.
	kills []cluster.Kill
}

// Run starts an installation of two servers, puts it under load, and verifies the result. It returns an error if the
// installation could not be started, or if any of this did not hold:
//
//   - no change is lost, repeated or in another's name: a change reported as done was sent to the API once, with
//     its administrator's token, and is in the activity log once; one in doubt was sent at most once, and never without
//     an intent in the log before; there are no other calls or entries;
//   - the next read after a change in doubt shows the account's true state, and so do all reads at the end;
//   - no browser is shown a list that was fetched with another administrator's token;
//   - each refresh token is used once, except those whose answer was lost with a server;
//   - no request fails except those in flight at a kill; a renewal lost with its server is taken over, unless the
//     provider had already answered it: then the user must sign in again;
//   - the server that is not killed does not grow: memory, goroutines, open files.
func Run(ctx context.Context, o Options) (err error) {
	s := &soak{Options: o, recorder: newRecorder(), marks: regexp.MustCompile(regexp.QuoteMeta(markPrefix) + "[0-9a-f-]+")}
	s.cluster, err = cluster.Start(ctx, cluster.Options{
		Program: o.Program, Servers: 2, Out: o.Out, Watch: s.recorder.watch,
		Settings: map[string]string{"UPSTREAM_TIMEOUT": "5s", "REFRESH_MARGIN": margin.String()},
		Demo:     demo.Options{TokenTTL: o.TokenTTL, Logger: slog.New(slog.NewTextHandler(o.Out, &slog.HandlerOptions{Level: slog.LevelError}))},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.cluster.Close()) }()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	began := time.Now()
	if err := s.load(ctx); err != nil {
		return err
	}
	took := time.Since(began)
	faults, err := s.verify(ctx, took)
	if err != nil {
		return err
	}
	s.report(took)
	return s.told(faults)
}

// load runs the browsers while the first server is killed again and again. The second keeps running: its memory is
// sampled.
func (s *soak) load(ctx context.Context) error {
	killing, stop := context.WithCancel(ctx)
	var killer sync.WaitGroup
	var broken error
	killer.Go(func() { broken = s.kill(killing) })
	s.memory = watchMemory(killing, s.cluster.Metrics(2))

	until, done := context.WithTimeout(ctx, s.Duration)
	defer done()
	var all sync.WaitGroup
	for i, b := range s.browsers {
		// Browsers start one after the other, within ReadEvery.
		all.Go(func() { b.live(ctx, until.Done(), s.ReadEvery*time.Duration(i)/time.Duration(len(s.browsers))) })
	}
	all.Wait()
	stop()
	killer.Wait()
	if broken != nil {
		return broken
	}
	// The last look of each, after the last kill.
	for _, b := range s.browsers {
		all.Go(func() { b.lastLook(ctx) })
	}
	all.Wait()
	return errors.Join(s.memory.end(), s.memory.rest(ctx), ctx.Err())
}

// kill kills the first server again and again, until ctx ends.
func (s *soak) kill(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(s.KillEvery):
		}
		err := s.cluster.Kill(ctx, 1, func(k cluster.Kill) { s.kills = append(s.kills, k) })
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
}

func (s *soak) told(faults []string) error {
	for i, fault := range faults {
		if i == mostFaults {
			s.say("and %d more", len(faults)-mostFaults)
			break
		}
		s.say("FAULT: %s", fault)
	}
	if len(faults) == 0 {
		return nil
	}
	err := fmt.Errorf("%d faults", len(faults))
	if s.Logs != "" {
		s.say("the programs' logs are in %s", s.Logs)
		err = errors.Join(err, s.cluster.SaveLogs(s.Logs))
	}
	return err
}

func (s *soak) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.Out, "soak: "+format+"\n", args...) // a failed report doesn't fail the run
}
