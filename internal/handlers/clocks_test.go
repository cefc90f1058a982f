package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// startAhead is harness.Start with a provider whose clock is ahead of the server's: in the Date header, and in the
// times of ID tokens.
func startAhead(t *testing.T, ahead time.Duration) *harness.Stack {
	t.Helper()
	h := &hostile{t: t, key: newKey(t), evil: newKey(t)}
	h.set(func(h *hostile, claims map[string]any) string {
		for _, name := range []string{"iat", "exp", "auth_time"} {
			if at, ok := claims[name].(float64); ok {
				claims[name] = at + ahead.Seconds()
			}
		}
		return honest(h, claims)
	})
	around := func(provider http.Handler) http.Handler {
		own := h.wrap(provider)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
			own.ServeHTTP(w, r)
		})
	}
	return harness.StartWith(t, harness.Options{Demo: demo.Options{Users: 5}, Around: around})
}

func TestClocksThatDifferByLessThanAMinuteKeepNobodyOut(t *testing.T) {
	for _, ahead := range []time.Duration{20 * time.Second, -20 * time.Second, 50 * time.Second, -50 * time.Second} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			s := startAhead(t, ahead)
			if p := s.NewBrowser().SignIn("/users", demo.AdminEmail); !isList(p, s) {
				t.Errorf("%d %s %s", p.Status, p.URL, p.Text())
			}
		})
	}
}

func TestThePageTellsByHowManySecondsClocksDiffer(t *testing.T) {
	for ahead, says := range map[time.Duration]string{
		2 * time.Minute: " seconds ahead of this server", -2 * time.Minute: " seconds behind this server",
		time.Hour: "seconds ahead of this server", -time.Hour: "seconds behind this server",
	} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			s := startAhead(t, ahead)
			b := s.NewBrowser()
			p := b.SignIn("/users", demo.AdminEmail)
			text := strings.Join(strings.Fields(p.Text()), " ")
			if p.Status != http.StatusBadGateway || !strings.Contains(text, "The clocks of the identity provider and this server differ") || !strings.Contains(text, says) {
				t.Errorf("%d %s", p.Status, text)
			}
			mustHaveNoSession(t, b)
		})
	}
}
