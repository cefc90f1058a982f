package app_test

import (
	"net/http"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

func TestMetricsAreOnAPortOfTheirOwnAndNameNobody(t *testing.T) {
	l := listen(t)
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
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
