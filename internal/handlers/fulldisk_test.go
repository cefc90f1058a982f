package handlers

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

// fullDisk is a PostgreSQL whose disk is so full that not even sorting for a query works.
type fullDisk struct{}

// diskFull is its error then: disk_full (PostgreSQL, appendix A).
var diskFull = &pgconn.PgError{Severity: "ERROR", Code: "53100", Message: `could not extend file "base/16384/16397": No space left on device`}

func (fullDisk) Connect(context.Context) (driver.Conn, error) { return fullDisk{}, nil }
func (fullDisk) Driver() driver.Driver                        { return nil }
func (fullDisk) Prepare(string) (driver.Stmt, error)          { return fullDisk{}, nil }
func (fullDisk) Begin() (driver.Tx, error)                    { return nil, diskFull }
func (fullDisk) Close() error                                 { return nil }
func (fullDisk) NumInput() int                                { return -1 }
func (fullDisk) Exec([]driver.Value) (driver.Result, error)   { return nil, diskFull }
func (fullDisk) Query([]driver.Value) (driver.Rows, error)    { return nil, diskFull }
func (fullDisk) CheckNamedValue(*driver.NamedValue) error     { return nil }

// End makes it a session store, too.
func (fullDisk) End(context.Context, string, string, string) (int, error) { return 0, diskFull }

// List is for the page of one's sessions.
func (fullDisk) List(context.Context, string, string) ([]Session, error) { return nil, diskFull }

// knownUsers is a users API that also answers by id. It panics on a writing call.
type knownUsers struct{ *fewUsers }

func (k knownUsers) UserByID(ctx context.Context, token, id string) (wallaroo.User, []byte, bool, error) {
	all, err := k.Users(ctx, token)
	i := slices.IndexFunc(all, func(u wallaroo.User) bool { return u.ID == id })
	return all[max(i, 0)], []byte("{}"), i >= 0, err
}

func TestSec22_47_OnAFullDiskOfPostgreSQLPagesSayItInWordsAndNothingIsSent(t *testing.T) {
	s, api := signedInSite(t)
	var log bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&log, nil))
	db := sql.OpenDB(fullDisk{})
	t.Cleanup(func() { _ = db.Close() })
	var err error
	if s.Audit, err = audit.New(db, audit.Options{Logger: s.log}); err != nil {
		t.Fatal(err)
	}
	s.Sessions = fullDisk{}
	s.Directory.Close()
	s.Directory = directory.New(knownUsers{api}, directory.Options{Logger: s.log})
	s.changesBy(t, api)
	pages := chi.NewRouter()
	for path, h := range map[string]handler{
		"/users/{id}/activate": s.activate, "/invite": s.invite, "/sessions/end": s.endSessions, "/activity": s.showActivity, "/sessions": s.showSessions,
	} {
		pages.Handle(path, s.withMethods(s.signedIn(h)))
	}
	for _, test := range []struct {
		method, path, words string
		form                url.Values
	}{
		{http.MethodPost, "/users/u2/activate", "This could not be written down", url.Values{"key": {changes.NewKey()}}},
		{http.MethodPost, "/invite", "Without it no change is sent", url.Values{"key": {changes.NewKey()}, "email": {"new@example.com"}, "pw": {"auto"}}},
		{http.MethodPost, "/sessions/end", "Our database does not answer", url.Values{"session": {"x"}}},
		{http.MethodGet, "/activity", "Our database does not answer", nil},
		{http.MethodGet, "/sessions", "Our database does not answer", nil},
	} {
		log.Reset()
		r := httptest.NewRequestWithContext(t.Context(), test.method, test.path, strings.NewReader(test.form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		page := w.Body.String()
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(page, test.words) || strings.Contains(page, "53100") || strings.Contains(page, "No space") {
			t.Errorf("%s: %d %s", test.path, w.Code, page)
		}
		if !strings.Contains(log.String(), "53100") {
			t.Errorf("%s: an operator is told nothing of it: %s", test.path, &log)
		}
	}
	if sent := api.sent(); len(sent) > 0 {
		t.Errorf("sent are %q", sent)
	}
}
