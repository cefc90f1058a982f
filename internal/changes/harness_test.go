package changes_test

import (
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// longest is how long a change may take in these tests.
const longest = 5 * time.Minute

// fixture is a users API in memory with the real directory, audit log and changes.
type fixture struct {
	*fakeapi.API
	t         *testing.T
	log       *audit.Log
	directory *directory.Directory
	changes   *changes.Changes
	by        changes.Request
	// closeDatabase makes all that is asked of the audit log fail from then on.
	closeDatabase func()
}

// run runs a test in a synctest bubble.
func run(t *testing.T, test func(t *testing.T, f *fixture), users ...wallaroo.User) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "test.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f := &fixture{API: fakeapi.New(users...), t: t, closeDatabase: func() { _ = db.Close() }}
		silent := slog.New(slog.DiscardHandler)
		if f.log, err = audit.New(db.DB, audit.Options{Logger: silent}); err != nil {
			t.Fatal(err)
		}
		reconciler, err := changes.NewReconciler(f.log, longest, silent)
		if err != nil {
			t.Fatal(err)
		}
		f.directory = directory.New(f, directory.Options{
			MaxAge: 30 * time.Second, Logger: silent,
			Changed: reconciler.ChangedSince, ListRead: reconciler.ListRead, AccountRead: reconciler.AccountRead,
		})
		f.changes, err = changes.New(changes.Options{API: f, Directory: f.directory, Log: f.log, Protected: []string{"admin", "ops@xn--mller-kva.example"}, Logger: silent})
		if err != nil {
			t.Fatal(err)
		}
		f.by = changes.Request{
			Caller: directory.Caller{Key: "issuer\nme", ID: "me", Username: "me@example.com", Email: "me@example.com", Tokens: &fakeapi.Tokens{}},
			Actor:  audit.Person{Issuer: "issuer", Subject: "me", Name: "Me"}, ID: "r1",
		}
		test(t, f)
		f.directory.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// form returns the request of a form with a key of its own.
func (f *fixture) form() changes.Request {
	by := f.by
	by.Key = changes.NewKey()
	return by
}

// event returns an event of the audit log.
func (f *fixture) event(id string) audit.Event {
	f.t.Helper()
	e, err := f.log.Get(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return e
}

// events returns the whole audit log, newest first.
func (f *fixture) events() []audit.Event {
	f.t.Helper()
	page, err := f.log.List(f.t.Context(), audit.Filter{})
	if err != nil {
		f.t.Fatal(err)
	}
	return page.Events
}

func failure(kind error, status int) func(op, email string) error {
	return func(op, _ string) error { return &wallaroo.Error{Op: op, Kind: kind, Status: status, Sent: true} }
}

var (
	timeout = failure(wallaroo.ErrTimeout, 0)
	down    = &wallaroo.Error{Op: "query", Kind: wallaroo.ErrServer, Status: 500, Sent: true}
)
