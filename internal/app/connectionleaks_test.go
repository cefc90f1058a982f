package app_test

import (
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// atOnce is the number of an administrator's concurrent requests.
const atOnce = 12

// crowd requests the list, and then an account, many times concurrently.
func crowd(b *harness.Browser, id string) {
	b.T.Helper()
	var asking sync.WaitGroup
	defer asking.Wait()
	for range atOnce {
		asking.Go(func() {
			for _, path := range []string{"/users?fresh=1", "/users/" + id} {
				if p := b.Get(b.Site + path); p.Status == http.StatusInternalServerError {
					b.T.Errorf("%s: %s", path, p.Text())
				}
			}
		})
	}
}

// mustWorkAgain waits until pages are right again and only idle connections are left, no more than a crowd needs.
func mustWorkAgain(b *harness.Browser, after string, proxy *tcpProxy, id string, goroutines int) {
	b.T.Helper()
	const (
		most = atOnce + 1 // a single call each, and the list, which all share
		each = 5          // goroutines of a connection: on both its ends, and of the proxy between
		few  = 10         // of browsers' connections, which come and go
	)
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		b.ForgetRequests()
		works := b.Get(b.Site+"/users?fresh=1").Status == http.StatusOK && b.Get(b.Site+"/users/"+id).Status == http.StatusOK &&
			len(b.Requests("query-list")) > 0 && len(b.Requests("query-by-id")) > 0
		open, running := int(proxy.carrying.Load()), runtime.NumGoroutine()
		if works && open <= most && running <= goroutines+each*open+few {
			return
		}
		if time.Now().After(deadline) {
			b.T.Fatalf("%s: pages work: %v; %d connections, %d goroutines where there were %d", after, works, open, running, goroutines)
		}
	}
}

// The test counts the whole process's connections, so it does not run in parallel.
func TestAFaultyAPILeaksNeitherConnectionsNorGoroutines(t *testing.T) {
	var proxy *tcpProxy
	s := harness.Start(t, demo.Options{Users: 20}, harness.With("UPSTREAM_TIMEOUT", "5s"), harness.With("LIST_TIMEOUT", "1s"), harness.With("LIST_MAX_AGE", "0s"),
		func(environ map[string]string) {
			environ["OIDC_ISSUER"] = environ["WALLAROO_URL"] + "/auth/realms/master"
			proxy = newTCPProxy(t, strings.TrimPrefix(environ["WALLAROO_URL"], "http://"))
			environ["WALLAROO_URL"] = "http://" + proxy.listener.Addr().String()
		})
	b, id := s.SignedIn(demo.AdminEmail), s.UserID("user@example.com")
	before := runtime.NumGoroutine()
	type fault = map[string]any
	for name, faults := range map[string][]fault{
		"slow": {
			{"endpoint": "query-list", "latency": "1h"},
			{"endpoint": "query-by-id", "body": "drip", "latency": "100ms"},
		},
		"reset":     {{"endpoint": "query", "body": "reset"}},
		"truncated": {{"endpoint": "query", "body": "truncated"}},
		"a page":    {{"endpoint": "query", "body": "html"}},
		"too many":  {{"endpoint": "query", "status": 429, "headers": map[string]string{"Retry-After": "60"}}},
		"a failure": {{"endpoint": "query", "status": 500}},
	} {
		for _, f := range faults {
			s.Control(http.MethodPost, "faults", f)
		}
		crowd(b, id)
		s.NoFaults()
		mustWorkAgain(b, name, proxy, id, before)
	}
}
