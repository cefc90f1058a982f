package handlers_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

func TestAnExportIsInTheActivityLog(t *testing.T) {
	for format, says := range map[string]string{"csv": "1 user as CSV", "json": "1 user as JSON"} {
		t.Run(format, func(t *testing.T) {
			s := harness.Start(t, demo.Options{Users: 20})
			b := s.SignedIn(demo.AdminEmail)
			p := b.Get(s.Site + "/users." + format + "?q=" + demo.PlainEmail)
			if p.Status != http.StatusOK || !strings.Contains(p.Body, demo.PlainEmail) || strings.Contains(p.Body, demo.SecondAdminEmail) ||
				!strings.HasPrefix(p.Header.Get("Content-Disposition"), `attachment; filename="users-`) {
				t.Errorf("%d %v %s", p.Status, p.Header, p.Body)
			}
			log := b.Get(s.Site + "/activity?q=" + demo.AdminEmail).Text()
			if strings.Count(log, "Exported") != 2 || strings.Count(log, says) != 1 { // once in the list of kinds
				t.Errorf("the log: %s", log)
			}
		})
	}
}

func TestAnExportThatCannotBeAuditedIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.db")
	s := harness.Start(t, demo.Options{Users: 20}, harness.With("DATABASE_URL", "sqlite:"+file))
	b := s.SignedIn(demo.AdminEmail)
	unlock := harness.LockSQLite(t, file)
	for _, format := range []string{"csv", "json"} {
		p := b.Get(s.Site + "/users." + format)
		if p.Status != http.StatusServiceUnavailable || strings.Contains(p.Body, demo.PlainEmail) || p.Header.Get("Content-Disposition") != "" ||
			!strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") || !strings.Contains(p.Text(), "database") {
			t.Errorf("%s: %d %v %s", format, p.Status, p.Header, p.Text())
		}
	}
	unlock()
	if p := b.Get(s.Site + "/users.csv"); p.Status != http.StatusOK || !strings.Contains(p.Body, demo.PlainEmail) {
		t.Errorf("afterwards: %d %s", p.Status, p.Body)
	}
}

// exports counts the exports in the audit log.
func countExports(b *harness.Browser) int {
	log := b.Get(b.Site + "/activity?per=100&q=" + demo.AdminEmail).Text()
	return strings.Count(log, " as CSV") + strings.Count(log, " as JSON")
}

func TestSec44_AnExportByHeadHasTheHeadersAndIsNotWrittenDown(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	for _, format := range []string{"csv", "json"} {
		before := countExports(b)
		head := b.Do(http.MethodHead, s.Site+"/users."+format, nil)
		if n := countExports(b); head.Status != http.StatusOK || head.Body != "" || n != before {
			t.Errorf("%d, %d bytes, written down %d times", head.Status, len(head.Body), n-before)
		}
		get := b.Get(s.Site + "/users." + format)
		for _, name := range []string{"Content-Type", "Content-Disposition", "Cache-Control", "Content-Security-Policy"} {
			if head.Header.Get(name) == "" || head.Header.Get(name) != get.Header.Get(name) {
				t.Errorf("%s: %q by HEAD, %q by GET", name, head.Header.Get(name), get.Header.Get(name))
			}
		}
		if n := countExports(b); n != before+1 {
			t.Errorf("a GET is written down %d times", n-before)
		}
	}
}

func TestSec44_AnExportThatAnotherSiteAsksForIsRefused(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20}, underAPath)
	b := s.SignedIn(demo.AdminEmail)
	for _, format := range []string{"csv", "json"} {
		for from, refused := range map[string]bool{"cross-site": true, "same-site": true, "none": false, "same-origin": false, "": false} {
			before := countExports(b)
			p := b.Get(s.Site+"/users."+format+"?q=user", "Sec-Fetch-Site", from)
			if got := p.Status == http.StatusForbidden; got != refused || got == (countExports(b) != before) {
				t.Errorf("%s asked for from %q: %d, written down %d times", format, from, p.Status, countExports(b)-before)
			}
			if refused && (!strings.Contains(p.Text(), "An export begins on this site’s own pages") || p.Header.Get("Content-Disposition") != "" ||
				strings.Contains(p.Body, demo.PlainEmail) || !strings.Contains(p.Body, `href="/admin/users-ui/users.`+format+`?q=user"`)) {
				t.Errorf("%v %s", p.Header, p.Body)
			}
		}
	}
}
