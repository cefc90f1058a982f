package handlers_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// One session sends 500 interleaved requests over several expiries of the access token: each expiry costs one
// refresh, since the provider revokes everything when a refresh token is reused.
func TestSec36_FiveHundredRequestsShareOneRefreshPerExpiry(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20, TokenTTL: 4 * time.Second}, harness.With("REFRESH_MARGIN", "2s"), harness.With("LIST_MAX_AGE", "1s"))
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID("user@example.com")
	paths := []string{"/users", "/users/" + id, "/activity", "/invite", "/users/" + id + "/deactivate"}
	var clients sync.WaitGroup
	began := time.Now()
	for worker := range 10 {
		clients.Go(func() {
			for i := range 50 {
				p := b.Get(s.Site + paths[(worker+i)%len(paths)])
				if p.Status != http.StatusOK || p.URL.Host != s.Host() {
					t.Errorf("%d from %s", p.Status, p.URL)
				}
				time.Sleep(250 * time.Millisecond)
			}
		})
	}
	clients.Wait()
	refreshes, failed := 0, 0
	for _, r := range s.Requests("token") {
		if status, _ := r["status"].(float64); status != http.StatusOK {
			failed++
		}
		refreshes++
	}
	refreshes-- // the sign-in's own
	// A token lives 4 to 5 s and is renewed 2 s before its end: from one refresh to
	// the next it is 2 s at the least, and 5 s at the most while requests come.
	seconds := int(time.Since(began).Seconds())
	if failed > 0 || refreshes < seconds/5 || refreshes > seconds/2+1 {
		t.Errorf("%d refreshes, %d failed, in %v", refreshes, failed, time.Since(began))
	}
	t.Logf("%d refreshes in %v", refreshes, time.Since(began))
}

func TestSec37_ARevokedRefreshTokenLeadsToSignInAndBack(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	path := "/users/" + s.UserID("user@example.com")
	s.Control(http.MethodPost, "revoke", map[string]any{"sub": demo.AdminID})
	s.Fault("query", map[string]any{"status": http.StatusUnauthorized, "times": 1})
	// The provider's session goes on, so that signing in is seamless.
	if p := b.Get(s.Site + path); p.Status != http.StatusOK || p.URL.Path != path {
		t.Errorf("%d at %s: %s", p.Status, p.URL, p.Text())
	}
}

func TestSec37_AProviderThatIsDownEndsNoSession(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	path, signIns := "/users/"+s.UserID("user@example.com"), len(s.Requests("auth"))
	s.Fault("query", map[string]any{"status": http.StatusUnauthorized, "times": 1})
	s.Fault("token", map[string]any{"status": http.StatusInternalServerError})
	if p := b.Get(s.Site + path); p.Status != http.StatusServiceUnavailable {
		t.Errorf("while it is down: %d %s", p.Status, p.Text())
	}
	s.NoFaults()
	if p := b.Get(s.Site + path); p.Status != http.StatusOK || len(s.Requests("auth")) != signIns {
		t.Errorf("after that: %d with %d more sign-ins: %s", p.Status, len(s.Requests("auth"))-signIns, p.Text())
	}
}
