package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// downFor is how long a killed server stays down.
const downFor = 2 * time.Second

// server is one replica: a process, and after a kill a new one on the same address.
type server struct {
	number           int
	address, metrics string // host and port
	launch           func() (*process, error)

	mu      sync.Mutex
	process *process
}

func (c *Cluster) newServer(ctx context.Context, number int, settings map[string]string) (*server, error) {
	s := &server{number: number}
	for _, address := range []*string{&s.address, &s.metrics} {
		port, err := freePort(ctx)
		if err != nil {
			return nil, err
		}
		*address = "127.0.0.1:" + strconv.Itoa(port)
	}
	s.launch = func() (*process, error) {
		name := "server " + strconv.Itoa(number)
		// The servers run as the current user: other users may have no access to the program's folder.
		cmd := (&user{}).command(c.dir, c.options.Program)
		// If the program was built with the race detector, a race ends it, so that the test fails.
		cmd.Env = append(cmd.Env, "LISTEN="+s.address, "METRICS_LISTEN="+s.metrics, "GORACE=halt_on_error=1")
		for name, value := range settings {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		return run(name, c.file("server-"+strconv.Itoa(number)+".log"), syscall.SIGTERM, cmd)
	}
	return s, nil
}

// start starts the process and waits until it is ready for requests.
func (s *server) start(ctx context.Context) error {
	p, err := s.launch()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.process = p
	s.mu.Unlock()
	return p.await(ctx, answers("http://"+s.metrics+"/metrics"))
}

// end stops the process. It returns an error if it had ended by itself.
func (s *server) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return nil
	}
	if err := s.endedByItself(); err != nil {
		return err
	}
	s.process.end()
	return nil
}

// kill sends SIGKILL and returns the time of the kill, or an error if the process had ended by itself.
func (s *server) kill() (k Kill, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.endedByItself(); err != nil {
		return k, err
	}
	k = Kill{Server: s.number, From: time.Now()}
	s.process.kill()
	k.Until = time.Now()
	s.process = nil
	return k, nil
}

// endedByItself returns an error if the process has ended without end or kill, such as by the race detector.
func (s *server) endedByItself() error {
	select {
	case <-s.process.ended:
		return fmt.Errorf("server %d has ended by itself:\n%s", s.number, lastLines(s.process.log))
	default:
		return nil
	}
}

// Metrics returns the address of a server's metrics; number counts from 1.
func (c *Cluster) Metrics(number int) string {
	return "http://" + c.servers[number-1].metrics + "/metrics"
}

// Kill is one kill of a server.
type Kill struct {
	Server int // from 1
	// From is just before the kill, Until just after it: requests in flight in between are lost.
	From, Until time.Time
}

// Kill sends SIGKILL to a server (from 1), calls tell, and restarts the server after a while. It returns when the server
// answers again, or an error if ctx ends, if the server had ended by itself, or if it doesn't come back.
func (c *Cluster) Kill(ctx context.Context, number int, tell func(Kill)) error {
	s := c.servers[number-1]
	k, err := s.kill()
	if err != nil {
		return err
	}
	c.say("server %d killed", number)
	tell(k)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(downFor):
	}
	return s.start(ctx)
}

// KillInTurn kills one server after another, at the interval every and not before the last one is back, until ctx ends.
// It returns an error if a server doesn't come back.
func (c *Cluster) KillInTurn(ctx context.Context, every time.Duration, tell func(Kill)) error {
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
		if err := c.Kill(ctx, n%len(c.servers)+1, tell); err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
}
