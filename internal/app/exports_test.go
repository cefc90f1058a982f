package app_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

func TestAnExportIsInTheActivityLog(t *testing.T) {
	for format, says := range map[string]string{"csv": "1 user as CSV", "json": "1 user as JSON"} {
		t.Run(format, func(t *testing.T) {
			s := start(t, demo.Options{Users: 20})
			b := s.signedIn(demo.AdminEmail)
			p := b.get(s.site + "/users." + format + "?q=" + demo.PlainEmail)
			if p.status != http.StatusOK || !strings.Contains(p.body, demo.PlainEmail) || strings.Contains(p.body, demo.SecondAdminEmail) ||
				!strings.HasPrefix(p.header.Get("Content-Disposition"), `attachment; filename="users-`) {
				t.Errorf("%d %v %s", p.status, p.header, p.body)
			}
			log := b.get(s.site + "/activity?q=" + demo.AdminEmail).text()
			if strings.Count(log, "Exported") != 2 || strings.Count(log, says) != 1 { // once in the list of kinds
				t.Errorf("the log: %s", log)
			}
		})
	}
}

func TestAnExportThatCantBeWrittenDownIsNotGiven(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.db")
	s := start(t, demo.Options{Users: 20}, with("DATABASE_URL", "sqlite:"+file))
	b := s.signedIn(demo.AdminEmail)
	lock, err := openFile(t, file).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close() //nolint:errcheck // the test's own
	if _, err := lock.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"csv", "json"} {
		p := b.get(s.site + "/users." + format)
		if p.status != http.StatusServiceUnavailable || strings.Contains(p.body, demo.PlainEmail) || p.header.Get("Content-Disposition") != "" ||
			!strings.HasPrefix(p.header.Get("Content-Type"), "text/html") || !strings.Contains(p.text(), "database") {
			t.Errorf("%s: %d %v %s", format, p.status, p.header, p.text())
		}
	}
	if _, err := lock.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if p := b.get(s.site + "/users.csv"); p.status != http.StatusOK || !strings.Contains(p.body, demo.PlainEmail) {
		t.Errorf("afterwards: %d %s", p.status, p.body)
	}
}

// exports counts those that are written down.
func (b *browser) exports() int {
	log := b.get(b.site + "/activity?per=100&q=" + demo.AdminEmail).text()
	return strings.Count(log, " as CSV") + strings.Count(log, " as JSON")
}

func TestSec44_AnExportByHeadHasTheHeadersAndIsNotWrittenDown(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	b := s.signedIn(demo.AdminEmail)
	for _, format := range []string{"csv", "json"} {
		before := b.exports()
		head := b.do(http.MethodHead, s.site+"/users."+format, nil)
		if n := b.exports(); head.status != http.StatusOK || head.body != "" || n != before {
			t.Errorf("%d, %d bytes, written down %d times", head.status, len(head.body), n-before)
		}
		get := b.get(s.site + "/users." + format)
		for _, name := range []string{"Content-Type", "Content-Disposition", "Cache-Control", "Content-Security-Policy"} {
			if head.header.Get(name) == "" || head.header.Get(name) != get.header.Get(name) {
				t.Errorf("%s: %q by HEAD, %q by GET", name, head.header.Get(name), get.header.Get(name))
			}
		}
		if n := b.exports(); n != before+1 {
			t.Errorf("a GET is written down %d times", n-before)
		}
	}
}

func TestSec44_AnExportThatAnotherSiteAsksForIsRefused(t *testing.T) {
	s := start(t, demo.Options{Users: 20}, underAPath)
	b := s.signedIn(demo.AdminEmail)
	for _, format := range []string{"csv", "json"} {
		for from, refused := range map[string]bool{"cross-site": true, "same-site": true, "none": false, "same-origin": false, "": false} {
			before := b.exports()
			p := b.get(s.site+"/users."+format+"?q=user", "Sec-Fetch-Site", from)
			if got := p.status == http.StatusForbidden; got != refused || got == (b.exports() != before) {
				t.Errorf("%s asked for from %q: %d, written down %d times", format, from, p.status, b.exports()-before)
			}
			if refused && (!strings.Contains(p.text(), "An export begins on this site’s own pages") || p.header.Get("Content-Disposition") != "" ||
				strings.Contains(p.body, demo.PlainEmail) || !strings.Contains(p.body, `href="/admin/users-ui/users.`+format+`?q=user"`)) {
				t.Errorf("%v %s", p.header, p.body)
			}
		}
	}
}
