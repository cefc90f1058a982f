// Package soak holds a whole installation under load while its servers die, and compares in the end what every browser
// was told with what the users API was asked to do and with the activity log.
//
// Many signed-in browsers, of several administrators, read a page a second and change an account now and then, each
// accounts of its own, so that it always knows what the truth has to be. A server is killed every so often. See
// [Run] for what has to hold.
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

// Options say how hard and how long.
type Options struct {
	// Program is the server's file, as `make build` leaves it.
	Program string
	// Duration is how long browsers read and change, after all have signed in.
	Duration time.Duration
	// Browsers is how many, Administrators who share them.
	Browsers, Administrators int
	// ReadEvery and ChangeEvery are the pace of one browser, KillEvery the time between two kills.
	ReadEvery, ChangeEvery, KillEvery time.Duration
	// TokenTTL is the life of an access token: each browser's is renewed about that often.
	TokenTTL time.Duration
	// Logs is a folder for the programs' logs if something did not hold; empty for none.
	Logs string
	// Out gets the report.
	Out io.Writer
}

// Default is what has to be borne.
func Default() Options {
	return Options{
		Duration: time.Minute, Browsers: 200, Administrators: 20, ReadEvery: time.Second, ChangeEvery: 20 * time.Second,
		KillEvery: 20 * time.Second, TokenTTL: 20 * time.Second,
	}
}

// mostFaults is how many are told; the rest is counted.
const mostFaults = 30

// soak is one run.
type soak struct {
	Options
	cluster  *cluster.Cluster
	witness  *witness
	browsers []*browser
	memory   *memory
	marks    *regexp.Regexp // what tells whose list a page shows

	// Written by the killer alone, and read when it has ended.
	kills []cluster.Kill
}

// Run starts an installation of two servers, lets browsers loose on it, and judges. The error says that something of
// this did not hold, or that the installation could not be started:
//
//   - no change is lost, doubled or under another's name: what a browser was told to be done was asked of the API once,
//     with its own administrator's token, and stands in the activity log once; what was in doubt was asked once at the
//     most, and never without an intent in the log before; nothing else was asked or stands there;
//   - after a doubt the next read shows the truth, and so does every read of an account in the end;
//   - nobody is shown a list that their own token did not fetch;
//   - each refresh token is used once, but for those whose answer died with a server;
//   - no request fails, but those in flight at a kill: a renewal that died with its server is taken over, and the wait for
//     that is no failure; where the provider had answered it already, the session has to be begun anew;
//   - the server that is not killed does not grow: memory, goroutines, open files.
func Run(ctx context.Context, o Options) (err error) {
	s := &soak{Options: o, witness: newWitness(), marks: regexp.MustCompile(regexp.QuoteMeta(markPrefix) + "[0-9a-f-]+")}
	s.cluster, err = cluster.Start(ctx, cluster.Options{
		Program: o.Program, Servers: 2, Out: o.Out, Watch: s.witness.watch,
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
	faults, err := s.judge(ctx, took)
	if err != nil {
		return err
	}
	s.report(took)
	return s.told(faults)
}

// load lets the browsers run while the first server is killed again and again. The second lives on: its memory tells.
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
		// Browsers begin one after the other, as people do.
		all.Go(func() { b.live(ctx, until.Done(), s.ReadEvery*time.Duration(i)/time.Duration(len(s.browsers))) })
	}
	all.Wait()
	stop()
	killer.Wait()
	if broken != nil {
		return broken
	}
	// The last look of each, with nobody dying any more.
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
	_, _ = fmt.Fprintf(s.Out, "soak: "+format+"\n", args...) // a report that nobody reads is no failure
}
