package app_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
)

func TestMetricsAreOnAPortOfTheirOwnAndNameNobody(t *testing.T) {
	address := unused(t)
	s := start(t, demo.Options{Users: 5}, with("METRICS_LISTEN", address))
	b := s.signedIn(demo.AdminEmail)
	b.get(s.site + "/users/" + s.userID("user@example.com"))
	b.get(s.site + "/nowhere/user@example.com")
	b.do("BREW", s.site+"/users", nil)
	p := s.browser().get("http://" + address + "/metrics")
	for _, want := range []string{
		`wallaroo_user_admin_request_seconds_count{method="GET",route="/users/{id}",status="200"} 1`,
		`wallaroo_user_admin_request_seconds_count{method="other",route="none",status="405"} 1`,
		`wallaroo_user_admin_upstream_seconds_count{call="query",status="200"}`,
		`wallaroo_user_admin_upstream_seconds_count{call="token",status="200"} 1`,
	} {
		if p.status != http.StatusOK || !strings.Contains(p.body, want) {
			t.Errorf("%d: no %s", p.status, want)
		}
	}
	if strings.Contains(p.body, "example.com") || strings.Contains(p.body, "BREW") {
		t.Error("a label names somebody")
	}
}

func TestReadinessTellsWhatIsOutOfReachAndStaysReady(t *testing.T) {
	s := start(t, demo.Options{Users: 5})
	b := s.signedIn(demo.AdminEmail)
	if p := b.get(s.site + "/readyz"); p.status != http.StatusOK || p.body != "ready\n" {
		t.Errorf("all is well: %d %q", p.status, p.body)
	}
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "query", "status": http.StatusInternalServerError})
	b.get(s.site + "/users?fresh=1")
	if p := b.get(s.site + "/readyz"); p.status != http.StatusOK || !strings.Contains(p.body, "degraded: the users API") {
		t.Errorf("without the API: %d %q", p.status, p.body)
	}
}

func TestAVisitorWhoLeavesSaysNothingOfTheAPI(t *testing.T) {
	address := unused(t)
	s := start(t, demo.Options{Users: 5}, with("METRICS_LISTEN", address))
	b := s.signedIn(demo.AdminEmail)
	id := s.userID("user@example.com")
	degraded := func() bool { return strings.Contains(b.get(s.site+"/readyz").body, "degraded: the users API") }

	// One leaves while the API works, and one while it doesn't.
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "query-by-id", "latency": "1m"})
	b.leave(id)
	b.eventuallyCounts(address, `wallaroo_user_admin_upstream_seconds_count{call="query",status="0"} 1`)
	if degraded() {
		t.Error("an API that works is called degraded")
	}
	s.control(http.MethodPost, "faults", map[string]any{"endpoint": "query-list", "status": http.StatusInternalServerError})
	b.get(s.site + "/users?fresh=1")
	b.leave(id)
	b.eventuallyCounts(address, `wallaroo_user_admin_upstream_seconds_count{call="query",status="0"} 2`)
	if !degraded() {
		t.Error("an API that fails is no longer called degraded")
	}
}

// leave asks for an account's page and goes once the API is asked for it.
func (b *browser) leave(id string) {
	b.t.Helper()
	before := len(b.requests("query-by-id"))
	ctx, leave := context.WithCancel(b.t.Context())
	defer leave()
	left := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.site+"/users/"+id, http.NoBody)
		if err == nil {
			var res *http.Response
			if res, err = b.client.Do(req); err == nil {
				_ = res.Body.Close()
			}
		}
		left <- err
	}()
	b.until("the API is asked", func() bool { return len(b.requests("query-by-id")) > before })
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		b.t.Errorf("the page came: %v", err)
	}
}

// eventuallyCounts waits until the metrics have a line.
func (b *browser) eventuallyCounts(address, line string) {
	b.t.Helper()
	b.until(line, func() bool { return strings.Contains(b.get("http://"+address+"/metrics").body, line+"\n") })
}

// until asks again and again.
func (b *browser) until(what string, is func() bool) {
	b.t.Helper()
	for limit := time.Now().Add(20 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			b.t.Fatalf("not in time: %s", what)
		}
	}
}

// unused is an address at which nobody listens yet.
func unused(t *testing.T) string {
	t.Helper()
	l := listen(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}
