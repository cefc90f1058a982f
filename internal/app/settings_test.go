package app_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

const (
	oldSecret = "the-old-secret-0123456789abcdefghijk"
	newSecret = "the-new-secret-9876543210zyxwvutsrqp"
)

// another starts one more server of the same installation, with the same database.
func another(s *harness.Stack, file string, settings ...harness.Setting) *harness.Stack {
	s.T.Helper()
	return s.Another(append(settings, harness.With("DATABASE_URL", "sqlite:"+file))...)
}

func TestSec30_TheSecretOfSessionsIsReplacedWithoutSigningAnybodyOut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	s := harness.Start(t, demo.Options{Users: 5}, harness.With("DATABASE_URL", "sqlite:"+file), harness.With("SESSION_SECRET", oldSecret))
	b := s.SignedIn(demo.AdminEmail)
	id := b.SessionID()
	b.At(another(s, file, harness.With("SESSION_SECRET", newSecret))).MustBeSignedOut()
	b.At(another(s, file, harness.With("SESSION_SECRET", newSecret+","+oldSecret))).MustHaveSession(id)
	b.At(another(s, file, harness.With("SESSION_SECRET", oldSecret+","+newSecret))).MustHaveSession(id)
}

func TestSec30_ASignInThatBeganBeforeTheSecretWasReplacedCanFinish(t *testing.T) {
	for name, row := range map[string]struct {
		secrets string
		status  int
	}{
		"the old one behind the new": {newSecret + "," + oldSecret, http.StatusSeeOther},
		"the new one alone":          {newSecret, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "x.db")
			s := harness.Start(t, demo.Options{Users: 5}, harness.With("DATABASE_URL", "sqlite:"+file), harness.With("SESSION_SECRET", oldSecret))
			next := another(s, file, harness.With("SESSION_SECRET", row.secrets), harness.With("PUBLIC_URL", s.Site))
			b := s.NewBrowser()
			p := b.NoRedirects().Submit(b.Get(s.Site+"/users"), "username", demo.AdminEmail, "password", demo.Password)
			for !strings.HasPrefix(p.Header.Get("Location"), s.Site) {
				to, err := p.URL.Parse(p.Header.Get("Location"))
				if err != nil || p.Status/100 != 3 {
					t.Fatalf("%d to %q, %v", p.Status, to, err)
				}
				p = b.NoRedirects().Get(to.String())
			}
			p = b.NoRedirects().Get(next.Address + strings.TrimPrefix(p.Header.Get("Location"), s.Site))
			if p.Status != row.status || (b.SessionID() != "") != (row.status == http.StatusSeeOther) {
				t.Errorf("%d %s, session %q", p.Status, p.Text(), b.SessionID())
			}
		})
	}
}

func TestSec30_SessionLifetimesAreEnforcedOnTheServer(t *testing.T) {
	for name, row := range map[string]struct {
		idle, life string
		age        string // the column that is set back
		lives, not time.Duration
	}{
		"a session that is not used":      {"10m", "5h", "seen_at", 9 * time.Minute, 11 * time.Minute},
		"a session that is used all days": {"10m", "2h", "created_at", 119 * time.Minute, 121 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "x.db")
			s := harness.Start(t, demo.Options{Users: 5}, harness.With("DATABASE_URL", "sqlite:"+file), harness.With("SESSION_IDLE", row.idle), harness.With("SESSION_MAX", row.life))
			for _, age := range []time.Duration{row.lives, row.not} {
				b := s.SignedIn(demo.AdminEmail)
				id := b.SessionID()
				res, err := harness.OpenSQLite(t, file).ExecContext(t.Context(), `UPDATE sessions SET `+row.age+` = `+row.age+` - $1`, age.Milliseconds())
				if err != nil {
					t.Fatal(err)
				}
				if n, err := res.RowsAffected(); err != nil || n == 0 {
					t.Fatalf("%d sessions, %v", n, err)
				}
				if age == row.lives {
					b.MustHaveSession(id)
					continue
				}
				b.MustBeSignedOut()
				if b.SessionID() != id {
					t.Error("it was the cookie that ended")
				}
			}
		})
	}
}

func TestSec59_AStartWithoutTrustedProxiesWarnsOfTheSharedRateLimit(t *testing.T) {
	const public, warning = "https://admin.example.com", "TRUSTED_PROXIES is empty"
	for name, row := range map[string]struct {
		settings []harness.Setting
		warns    int
	}{
		"https, no proxy named": {[]harness.Setting{harness.With("PUBLIC_URL", public)}, 1},
		"https, a proxy named":  {[]harness.Setting{harness.With("PUBLIC_URL", public), harness.With("TRUSTED_PROXIES", "10.0.0.0/8")}, 0},
		"http on loopback":      {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := harness.Start(t, demo.Options{Users: 5}, row.settings...)
			for range 2 {
				s.Direct("/login") // it has started
			}
			if log := s.Log.String(); strings.Count(log, warning) != row.warns || row.warns > 0 && !strings.Contains(log, `"WARN"`) {
				t.Errorf("the log: %s", log)
			}
		})
	}
}

func TestSec20_UpstreamTimeoutBoundsTheProviderAndTheAPI(t *testing.T) {
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
