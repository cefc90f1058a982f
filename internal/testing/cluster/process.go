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

// patience is how long a program may take to answer after its start, and to end when asked to.
const patience = time.Minute

// user is whom PostgreSQL and nginx run as: PostgreSQL refuses to be root.
type user struct {
	credential *syscall.Credential // nil: whoever we are
}

// unprivileged is ourselves, or for root the user of PostgreSQL, else nobody.
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

// folder makes a temporary folder of the user's own.
func (u *user) folder() (string, error) {
	dir, err := os.MkdirTemp("", "wallaroo-user-admin-cluster-")
	if err == nil && u.credential != nil {
		err = os.Chown(dir, int(u.credential.Uid), int(u.credential.Gid))
	}
	return dir, err
}

// command prepares a program to be run as the user, in a process group of its own: what a terminal sends to ours must
// not end it before its time.
func (u *user) command(dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...) //nolint:gosec,noctx // it is ended by end, by signals of its own kind
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
	// stop asks it to end.
	stop  syscall.Signal
	ended chan struct{}
}

// run starts a program with its output at the end of a log file.
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

// end asks the program to end, makes it after a while, and waits until it has.
func (p *process) end() {
	_ = p.cmd.Process.Signal(p.stop) // it may have ended already
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.kill()
	}
}

// kill ends the program as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// await asks until the answer is nil.
func (p *process) await(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s has ended before it answered:\n%s", p.name, lastLines(p.log))
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer (%w):\n%s", p.name, err, lastLines(p.log))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// answers asks an address for a 200.
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
