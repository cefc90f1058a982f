package main

import (
	"bytes"
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestWithoutSettingsItNamesAllThatAreMissingAndExits2(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), nil, map[string]string{"LISTEN": "nonsense", "OIDC_CLIENT_ID": "x"}, &stdout, &stderr); code != 2 {
		t.Errorf("exit code %d", code)
	}
	for _, name := range []string{"WALLAROO_URL", "PUBLIC_URL", "OIDC_CLIENT_SECRET", "SESSION_SECRET", "LISTEN", "https://"} {
		if !strings.Contains(stderr.String(), name) {
			t.Errorf("nothing of %s: %s", name, stderr.String())
		}
	}
}

func TestAnUnknownCommandIsRefused(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"serv"}, nil, &stdout, &stderr); code != 2 || !strings.Contains(stderr.String(), "usage") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	if code := run(t.Context(), []string{"version"}, nil, &stdout, &stderr); code != 0 || stdout.Len() == 0 {
		t.Errorf("version: exit code %d: %q", code, stdout.String())
	}
}

// It serves before Keycloak or the API answer, is healthy, and shuts down on
// SIGTERM.
func TestItServesIsHealthyAndDrains(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	environ := map[string]string{
		// Blanks from env files are ignored.
		"WALLAROO_URL": "http://127.0.0.1:1", "PUBLIC_URL": "http://" + address + "/a-path-of-this-test ", "LISTEN": " " + address + "\t", "METRICS_LISTEN": "",
		"OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "y", "SESSION_SECRET": "a-secret-for-tests-0123456789abcdefgh",
		"DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "x.db"),
	}
	ctx, stop := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, nil, environ, &stdout, &stderr) }()
	healthy := false
	for range 100 {
		if healthy = healthcheck(t.Context(), environ) == nil; healthy {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	if code := <-ended; code != 0 || !healthy {
		t.Errorf("healthy: %v, exit code %d: %s", healthy, code, stdout.String())
	}
	if !strings.Contains(stdout.String(), "draining") || strings.Contains(stdout.String(), "a-secret-for-tests") {
		t.Errorf("the log: %s", stdout.String())
	}
	if healthcheck(t.Context(), environ) == nil {
		t.Error("it is healthy though it has ended")
	}
}
