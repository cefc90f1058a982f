package app_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/demo"
)

const (
	oldSecret = "the-old-secret-0123456789abcdefghijk"
	newSecret = "the-new-secret-9876543210zyxwvutsrqp"
)

// restarted is another server of the same installation, with the same browsers' cookies, on the database in file.
func (s *stack) restarted(file string, settings ...setting) *stack {
	s.t.Helper()
	site := listen(s.t)
	address := "http://" + site.Addr().String()
	next := &stack{t: s.t, site: address, address: address, standIn: s.standIn, log: &safeBuffer{}}
	environ := environment(s.standIn, address, filepath.Dir(file))
	for _, change := range append(settings, with("DATABASE_URL", "sqlite:"+file)) {
		change(environ)
	}
	parsed, err := config.Load(environ)
	if err != nil {
		s.t.Fatal(err)
	}
	next.runSite(site, parsed)
	return next
}

func TestSec30_TheSecretOfSessionsIsReplacedWithoutSigningAnybodyOut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	s := start(t, demo.Options{Users: 5}, with("DATABASE_URL", "sqlite:"+file), with("SESSION_SECRET", oldSecret))
	b := s.signedIn(demo.AdminEmail)
	id := b.sessionID()
	at := func(s *stack) *browser { return &browser{stack: s, client: b.client} }
	at(s.restarted(file, with("SESSION_SECRET", newSecret))).mustBeOut()
	at(s.restarted(file, with("SESSION_SECRET", newSecret+","+oldSecret))).mustStillBe(id)
	at(s.restarted(file, with("SESSION_SECRET", oldSecret+","+newSecret))).mustStillBe(id)
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
			s := start(t, demo.Options{Users: 5}, with("DATABASE_URL", "sqlite:"+file), with("SESSION_SECRET", oldSecret))
			next := s.restarted(file, with("SESSION_SECRET", row.secrets), with("PUBLIC_URL", s.site))
			b := s.browser()
			p := b.once().submit(b.get(s.site+"/users"), "username", demo.AdminEmail, "password", demo.Password)
			for !strings.HasPrefix(p.header.Get("Location"), s.site) {
				to, err := p.url.Parse(p.header.Get("Location"))
				if err != nil || p.status/100 != 3 {
					t.Fatalf("%d to %q, %v", p.status, to, err)
				}
				p = b.once().get(to.String())
			}
			p = b.once().get(next.address + strings.TrimPrefix(p.header.Get("Location"), s.site))
			if p.status != row.status || (b.sessionID() != "") != (row.status == http.StatusSeeOther) {
				t.Errorf("%d %s, session %q", p.status, p.text(), b.sessionID())
			}
		})
	}
}

func TestSec30_TheLifetimesOfTheSettingsCountOnTheServer(t *testing.T) {
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
			s := start(t, demo.Options{Users: 5}, with("DATABASE_URL", "sqlite:"+file), with("SESSION_IDLE", row.idle), with("SESSION_MAX", row.life))
			for _, age := range []time.Duration{row.lives, row.not} {
				b := s.signedIn(demo.AdminEmail)
				id := b.sessionID()
				res, err := openFile(t, file).ExecContext(t.Context(), `UPDATE sessions SET `+row.age+` = `+row.age+` - $1`, age.Milliseconds())
				if err != nil {
					t.Fatal(err)
				}
				if n, err := res.RowsAffected(); err != nil || n == 0 {
					t.Fatalf("%d sessions, %v", n, err)
				}
				if age == row.lives {
					b.mustStillBe(id)
					continue
				}
				b.mustBeOut()
				if b.sessionID() != id {
					t.Error("it was the cookie that ended")
				}
			}
		})
	}
}
