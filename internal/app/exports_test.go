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
