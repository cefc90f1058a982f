package app_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"wallaroo-user-admin/internal/app"
	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// childListen is the environment variable that makes this test program a server at that address, which can be killed.
const childListen = "APP_TEST_LISTEN"

// child is such a process.
type child struct {
	t       *testing.T
	address string
	environ map[string]string
	log     *harness.Log
	cmd     *exec.Cmd
	orders  io.Writer
	answers *bufio.Reader
}

// startChild is harness.Start with the dashboard as a process of its own.
func startChild(t *testing.T, o demo.Options) (*harness.Stack, *child) {
	t.Helper()
	s, free, environ := harness.Prepare(t, harness.Options{Demo: o})
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, address: free.Addr().String(), environ: environ, log: s.Log}
	c.start()
	t.Cleanup(c.kill)
	return s, c
}

// start starts the process and waits until it serves.
func (c *child) start() {
	c.t.Helper()
	c.cmd = exec.Command(os.Args[0]) //nolint:noctx // ended by kill
	c.cmd.Env = append(os.Environ(), childListen+"="+c.address)
	for name, value := range c.environ {
		c.cmd.Env = append(c.cmd.Env, name+"="+value)
	}
	c.cmd.Stderr = c.log
	in, inErr := c.cmd.StdinPipe()
	out, outErr := c.cmd.StdoutPipe()
	if inErr != nil || outErr != nil {
		c.t.Fatal(inErr, outErr)
	}
	c.orders, c.answers = in, bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	for c.t.Context().Err() == nil {
		req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, "http://"+c.address+"/healthz", http.NoBody)
		if err != nil {
			c.t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = res.Body.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// order sends the process an order and waits until it is done.
func (c *child) order(what string) {
	c.t.Helper()
	if _, err := fmt.Fprintln(c.orders, what); err != nil {
		c.t.Fatal(err)
	}
	if line, err := c.answers.ReadString('\n'); err != nil || line != "done\n" {
		c.t.Fatalf("%s: %q, %v", what, line, err)
	}
}

// kill ends the process with SIGKILL, as a power cut would.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may have ended already
	_ = c.cmd.Wait()         // killed
}

// beChild serves until it is killed. Orders: "full" fills its disk, "room" frees space again.
func beChild(address string) int {
	signal.Ignore(syscall.SIGXFSZ) // a write beyond the limit is to fail as on a full disk, not to end us
	settings, err := config.Load(config.Environ())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go obey(os.Stdin)
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	err = app.Run(context.Background(), settings, app.Options{Logger: log, Listener: l})
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func obey(orders io.Reader) {
	lines := bufio.NewScanner(orders)
	for lines.Scan() {
		var limit syscall.Rlimit
		err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit)
		if limit.Cur = limit.Max; strings.TrimSpace(lines.Text()) == "full" {
			limit.Cur = 0
		}
		if err == nil {
			err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
		}
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println("done")
	}
}
