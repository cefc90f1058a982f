package app_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

func TestMetricsHaveAPortOfTheirOwnAndNoPersonalData(t *testing.T) {
	address := unused(t)
	s := harness.Start(t, demo.Options{Users: 5}, harness.With("METRICS_LISTEN", address))
	b := s.SignedIn(demo.AdminEmail)
	b.Get(s.Site + "/users/" + s.UserID("user@example.com"))
	b.Get(s.Site + "/nowhere/user@example.com")
	b.Do("BREW", s.Site+"/users", nil)
	p := s.NewBrowser().Get("http://" + address + "/metrics")
	for _, want := range []string{
		`wallaroo_user_admin_request_seconds_count{method="GET",route="/users/{id}",status="200"} 1`,
		`wallaroo_user_admin_request_seconds_count{method="other",route="none",status="405"} 1`,
		`wallaroo_user_admin_upstream_seconds_count{call="query",status="200"}`,
		`wallaroo_user_admin_upstream_seconds_count{call="token",status="200"} 1`,
	} {
		if p.Status != http.StatusOK || !strings.Contains(p.Body, want) {
			t.Errorf("%d: no %s", p.Status, want)
		}
	}
	if strings.Contains(p.Body, "example.com") || strings.Contains(p.Body, "BREW") {
		t.Error("a label names somebody")
	}
}

func TestReadinessNamesWhatIsUnavailableAndStaysReady(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	if p := b.Get(s.Site + "/readyz"); p.Status != http.StatusOK || p.Body != "ready\n" {
		t.Errorf("all is well: %d %q", p.Status, p.Body)
	}
	s.Fault("query", map[string]any{"status": http.StatusInternalServerError})
	b.Get(s.Site + "/users?fresh=1")
	if p := b.Get(s.Site + "/readyz"); p.Status != http.StatusOK || !strings.Contains(p.Body, "degraded: the users API") {
		t.Errorf("without the API: %d %q", p.Status, p.Body)
	}
}

func TestACancelledRequestDoesNotMakeTheAPIDegraded(t *testing.T) {
	address := unused(t)
	s := harness.Start(t, demo.Options{Users: 5}, harness.With("METRICS_LISTEN", address))
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID("user@example.com")
	degraded := func() bool { return strings.Contains(b.Get(s.Site+"/readyz").Body, "degraded: the users API") }

	// One leaves while the API works, and one while it doesn't.
	s.Fault("query-by-id", map[string]any{"latency": "1m"})
	leave(b, id)
	eventuallyCounts(b, address, `wallaroo_user_admin_upstream_seconds_count{call="query",status="0"} 1`)
	if degraded() {
		t.Error("an API that works is called degraded")
	}
	s.Fault("query-list", map[string]any{"status": http.StatusInternalServerError})
	b.Get(s.Site + "/users?fresh=1")
	leave(b, id)
	eventuallyCounts(b, address, `wallaroo_user_admin_upstream_seconds_count{call="query",status="0"} 2`)
	if !degraded() {
		t.Error("an API that fails is no longer called degraded")
	}
}

// leave requests an account's page and disconnects once the API has received its call.
func leave(b *harness.Browser, id string) {
	b.T.Helper()
	before := len(b.Requests("query-by-id"))
	ctx, leave := context.WithCancel(b.T.Context())
	defer leave()
	left := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.Site+"/users/"+id, http.NoBody)
		if err == nil {
			var res *http.Response
			if res, err = b.Client.Do(req); err == nil {
				_ = res.Body.Close()
			}
		}
		left <- err
	}()
	until(b, "the API is asked", func() bool { return len(b.Requests("query-by-id")) > before })
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		b.T.Errorf("the page came: %v", err)
	}
}

// eventuallyCounts waits until the metrics have a line.
func eventuallyCounts(b *harness.Browser, address, line string) {
	b.T.Helper()
	until(b, line, func() bool { return strings.Contains(b.Get("http://"+address+"/metrics").Body, line+"\n") })
}

// until repeats a request until it succeeds.
func until(b *harness.Browser, what string, is func() bool) {
	b.T.Helper()
	for limit := time.Now().Add(20 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			b.T.Fatalf("not in time: %s", what)
		}
	}
}

// unused returns an address at which nothing listens yet.
func unused(t *testing.T) string {
	t.Helper()
	l := harness.Listen(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}
