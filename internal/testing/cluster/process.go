package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	osuser "os/user"
	"strconv"
	"syscall"
	"time"
)

// patience is how long a program may take to answer after its start, and to end after its stop signal.
const patience = time.Minute

// user is the OS user of PostgreSQL and nginx: PostgreSQL refuses to run as root.
type user struct {
	credential *syscall.Credential // nil: the current user
}

// unprivileged returns the current user, or for root the user postgres, else nobody.
func unprivileged() (*user, error) {
	if os.Geteuid() != 0 {
		return &user{}, nil
	}
	var errs []error
	for _, name := range []string{"postgres", "nobody"} {
		found, err := osuser.Lookup(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, err
		}
		return &user{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return nil, errors.Join(errs...)
}

// folder creates a temporary folder owned by the user.
func (u *user) folder() (string, error) {
	dir, err := os.MkdirTemp("", "wallaroo-user-admin-cluster-")
	if err == nil && u.credential != nil {
		err = os.Chown(dir, int(u.credential.Uid), int(u.credential.Gid))
	}
	return dir, err
}

// command prepares a program to be run as the user, in its own process group, so that signals of a terminal don't reach
// it.
func (u *user) command(dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...) //nolint:gosec,noctx // it is ended by end, with its own stop signal
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: u.credential, Setpgid: true}
	return cmd
}

// process is a running program.
type process struct {
	name string
	log  string // the file with its output
	cmd  *exec.Cmd
	// stop is the signal for an orderly end.
	stop  syscall.Signal
	ended chan struct{}
}

// run starts a program with its output appended to a log file.
func run(name, log string, stop syscall.Signal, cmd *exec.Cmd) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // in our own temporary folder
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), out.Close())
	}
	p := &process{name: name, log: log, cmd: cmd, stop: stop, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		_ = out.Close()
		close(p.ended)
	}()
	return p, nil
}

// end sends the stop signal, kills the program after patience, and waits for its end.
func (p *process) end() {
	_ = p.cmd.Process.Signal(p.stop) // it may have ended already
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.kill()
	}
}

// kill sends SIGKILL.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// await calls ask until it returns nil. If ctx ends before, it returns the error of ctx.
func (p *process) await(ctx context.Context, ask func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := ask(limited)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s has ended before it answered:\n%s", p.name, lastLines(p.log))
		case <-limited.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("%s does not answer (%w):\n%s", p.name, err, lastLines(p.log))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// answers returns a check that an address answers 200.
func answers(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return err
		}
		req.Close = true
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", address, res.Status)
		}
		return errors.Join(err, res.Body.Close())
	}
}
