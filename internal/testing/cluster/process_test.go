package cluster

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
)

// shell runs a script as a program of the cluster.
func shell(t *testing.T, script string) *process {
	t.Helper()
	dir := t.TempDir()
	p, err := run("the program", filepath.Join(dir, "log"), syscall.SIGTERM, (&user{}).command(dir, "/bin/sh", "-c", script))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	return p
}

func TestAProgramThatEndsBeforeItAnswersIsReportedWithTheEndOfItsLog(t *testing.T) {
	p := shell(t, "echo no room left; exit 1")
	err := p.await(t.Context(), func(context.Context) error { return errors.New("no answer") })
	if err == nil || !strings.Contains(err.Error(), "the program has ended before it answered") || !strings.Contains(err.Error(), "no room left") {
		t.Errorf("%v", err)
	}
}

func TestAProgramIsAwaitedUntilItAnswers(t *testing.T) {
	p, asked := shell(t, "exec sleep 60"), 0
	err := p.await(t.Context(), func(context.Context) error {
		if asked++; asked < 3 {
			return errors.New("no answer")
		}
		return nil
	})
	if err != nil || asked != 3 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}

// KillInTurn tells the end of the caller's work from a server that does not come back by this error.
func TestAwaitingEndsAsCanceledWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := shell(t, "exec sleep 60").await(ctx, func(context.Context) error {
		cancel()
		return errors.New("connection refused")
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAProgramIsAskedToEndAndAKilledOneIsNot(t *testing.T) {
	const script = `trap 'echo in order; exit 0' TERM; echo ready; while :; do sleep 0.01; done`
	for name, row := range map[string]struct {
		end     func(*process)
		inOrder bool
	}{"asked": {(*process).end, true}, "killed": {(*process).kill, false}} {
		t.Run(name, func(t *testing.T) {
			p := shell(t, script)
			err := p.await(t.Context(), func(context.Context) error {
				if said, err := os.ReadFile(p.log); err != nil || string(said) != "ready\n" {
					return errors.New("not ready")
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			row.end(p)
			select {
			case <-p.ended:
			default:
				t.Error("it still runs")
			}
			said, err := os.ReadFile(p.log)
			if inOrder := strings.Contains(string(said), "in order"); err != nil || inOrder != row.inOrder || time.Since(began) > patience/2 {
				t.Errorf("in order: %v, after %v: %v", inOrder, time.Since(began), err)
			}
		})
	}
}

func TestAServerThatHasEndedByItselfIsAFault(t *testing.T) {
	p := shell(t, "echo out of memory; exit 2")
	<-p.ended
	dead := &server{number: 2, process: p}
	_, killed := dead.kill()
	for _, err := range []error{killed, dead.end()} {
		if err == nil || !strings.Contains(err.Error(), "server 2 has ended by itself:\nout of memory") {
			t.Errorf("%v", err)
		}
	}
	if err := (&server{number: 1, process: shell(t, "exec sleep 60")}).end(); err != nil {
		t.Errorf("one that runs: %v", err)
	}
	if err := (&server{number: 1}).end(); err != nil {
		t.Errorf("one that was killed: %v", err)
	}
}

func TestTheCallersSettingsWin(t *testing.T) {
	c := &Cluster{StandIn: "http://127.0.0.1:1", options: Options{Settings: map[string]string{"LOG_LEVEL": "debug", "ADMIN_ROLES": "x"}}}
	s := c.settings("secret")
	if s["LOG_LEVEL"] != "debug" || s["ADMIN_ROLES"] != "x" || s["WALLAROO_URL"] != c.StandIn || s["OIDC_CLIENT_ID"] != demo.DefaultClientID || s["OIDC_CLIENT_SECRET"] != "secret" {
		t.Errorf("%v", s)
	}
}

func TestTheEndOfALogIsShownAndTheNewestPostgreSQLTaken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(file, []byte(strings.Repeat("early\n", 40)+strings.Repeat("late\n", mostLines)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := lastLines(file); got != strings.TrimSpace(strings.Repeat("late\n", mostLines)) {
		t.Errorf("%q", got)
	}
	for path, want := range map[string]int{"/usr/lib/postgresql/17/bin/initdb": 17, "/usr/lib/postgresql/9.6/bin/initdb": 0} {
		if got := majorVersion(path); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
}
