package app_test

import (
	"net/http"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

func TestSec20_TheTimeOfTheSettingsBoundsTheProviderAndTheAPI(t *testing.T) {
	for _, endpoint := range []string{"discovery", "token", "certs", "query-by-id"} {
		t.Run(endpoint, func(t *testing.T) {
			t.Parallel()
			s := harness.Start(t, demo.Options{Users: 5}, harness.With("UPSTREAM_TIMEOUT", "1s"), harness.With("LIST_TIMEOUT", "10m"))
			id := s.UserID(demo.PlainEmail)
			s.Fault(endpoint, map[string]any{"latency": "1h"})
			b := s.NewBrowser()
			began := time.Now()
			p := b.Get(s.Site + "/users/" + id)
			if endpoint != "discovery" {
				p = b.Submit(p, "username", demo.AdminEmail, "password", demo.Password)
			}
			// The usual time is 20 s; of what is left of these seconds, a busy machine may take its share.
			if took := time.Since(began); took > 12*time.Second || p.URL.Host != s.Host() || p.Status != http.StatusServiceUnavailable && p.Status != http.StatusGatewayTimeout {
				t.Errorf("%d at %s after %v: %s", p.Status, p.URL, took, p.Text())
			}
		})
	}
}
