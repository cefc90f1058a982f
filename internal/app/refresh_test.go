package app_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
)

// One session, 500 requests in among each other, over several lives of an access
// token: each expiry costs one refresh, since the provider revokes everything
// when a refresh token is used twice.
func TestSec36_FiveHundredRequestsShareOneRefreshAnExpiry(t *testing.T) {
	s := start(t, demo.Options{Users: 20, TokenTTL: 2 * time.Second}, with("REFRESH_MARGIN", "1s"), with("LIST_MAX_AGE", "1s"))
	b := s.signedIn(demo.AdminEmail)
	id := s.userID("user@example.com")
	paths := []string{"/users", "/users/" + id, "/activity", "/invite", "/users/" + id + "/deactivate"}
	var clients sync.WaitGroup
	began := time.Now()
	for worker := range 10 {
		clients.Go(func() {
			for i := range 50 {
				p := b.get(s.site + paths[(worker+i)%len(paths)])
				if p.status != http.StatusOK || p.url.Host != s.host() {
					t.Errorf("%d from %s", p.status, p.url)
				}
				time.Sleep(100 * time.Millisecond)
			}
		})
	}
	clients.Wait()
	refreshes, failed := 0, 0
	for _, r := range s.requests("token") {
		if status, _ := r["status"].(float64); status != http.StatusOK {
			failed++
		}
		refreshes++
	}
	refreshes-- // the sign-in's own
	// A token lives 2 to 3 s and is renewed 1 s before: there can't have been more
	// refreshes than seconds, nor fewer than there were lives.
	lives := int(time.Since(began).Seconds()) / 3
	if failed > 0 || refreshes < lives || refreshes > int(time.Since(began).Seconds())+1 {
		t.Errorf("%d refreshes, %d failed, in %v", refreshes, failed, time.Since(began))
	}
	t.Logf("%d refreshes in %v", refreshes, time.Since(began))
}
