package app_test

import (
	"net/http"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
)

func TestSec20_TheTimeOfTheSettingsBoundsTheProviderAndTheAPI(t *testing.T) {
	for _, endpoint := range []string{"discovery", "token", "certs", "query-by-id"} {
		t.Run(endpoint, func(t *testing.T) {
			t.Parallel()
			s := start(t, demo.Options{Users: 5}, with("UPSTREAM_TIMEOUT", "1s"), with("LIST_TIMEOUT", "10m"))
			id := s.userID(demo.PlainEmail)
			s.control(http.MethodPost, "faults", map[string]any{"endpoint": endpoint, "latency": "1h"})
			b := s.browser()
			began := time.Now()
			p := b.get(s.site + "/users/" + id)
			if endpoint != "discovery" {
				p = b.submit(p, "username", demo.AdminEmail, "password", demo.Password)
			}
			// The usual time is 20 s; of what is left of these seconds, a busy machine may take its share.
			if took := time.Since(began); took > 12*time.Second || p.url.Host != s.host() || p.status != http.StatusServiceUnavailable && p.status != http.StatusGatewayTimeout {
				t.Errorf("%d at %s after %v: %s", p.status, p.url, took, p.text())
			}
		})
	}
}
