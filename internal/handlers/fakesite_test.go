package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/wallaroo"
)

// Most tests of pages run a whole installation (internal/testing/harness). Tests of this package itself use a site in
// memory instead: they call one handler, with a clock or a database of their own, and the fuzz tests do so many
// thousand times a second.

// testSite returns a site with a log that is discarded and nothing else.
func testSite(t testing.TB) *site {
	t.Helper()
	s := &site{Options: Options{Now: time.Now}, log: slog.New(slog.DiscardHandler)}
	if err := s.renderLastResort(); err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	testIssuer  = "https://id.example.com"
	testSubject = "u-admin"
)

// signedInSite returns a site with a database and a users API in memory; every request is signed in as testSubject.
func signedInSite(t testing.TB) (*site, *fewUsers) {
	t.Helper()
	s := testSite(t)
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "test.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return s.Now() } // all by the clock that the site has when it is asked
	s.Audit, err = audit.New(db.DB, audit.Options{Logger: s.log, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	api := &fewUsers{}
	s.Directory = directory.New(api, directory.Options{MaxAge: time.Hour, Now: now, Logger: s.log})
	s.changesBy(t, api)
	s.everybodyIs(t, testSubject)
	t.Cleanup(func() {
		s.Directory.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, api
}

// changesBy makes the site's changes with an API, its directory and audit log.
func (s *site) changesBy(t testing.TB, api changes.API) {
	t.Helper()
	var err error
	if s.Changes, err = changes.New(changes.Options{API: api, Directory: s.Directory, Log: s.Audit, Logger: s.log}); err != nil {
		t.Fatal(err)
	}
}

// everybodyIs signs every request in as that subject.
func (s *site) everybodyIs(t testing.TB, subject string) {
	t.Helper()
	var err error
	s.Auth, err = auth.New(auth.Options{
		Issuer: testIssuer, ClientID: "c", PublicClient: true, PublicURL: &url.URL{Scheme: "https", Host: "admin.example.com"},
		Sessions: oneSession{subject: subject}, Secrets: []string{strings.Repeat("s", 32)}, Logger: s.log,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// signedIn adds the administrator's identity to a handler's requests.
func (s *site) signedIn(h handler) http.Handler { return s.Auth.Require(s.answer)(s.serve(h)) }

// oneSession is the session of every request, with a token that does not expire.
type oneSession struct {
	auth.Sessions
	subject string
}

func (o oneSession) Get(*http.Request, string) (*sessions.Session, error) {
	return &sessions.Session{ID: "s", Values: map[any]any{
		auth.KeyIssuer: testIssuer, auth.KeySubject: o.subject, auth.KeyAccessToken: "t",
	}}, nil
}

type (
	readAPI  = directory.API
	writeAPI = changes.API
)

// fewUsers is a users API with two accounts, which records the invitations it gets.
type fewUsers struct {
	readAPI
	writeAPI

	hang bool // by-id answers never come

	mu      sync.Mutex
	invited [][2]string // email and password
}

func (*fewUsers) Users(context.Context, string) ([]wallaroo.User, error) {
	return []wallaroo.User{
		{ID: "u1", Username: "jo@example.com", Email: "jo@example.com", Enabled: wallaroo.True},
		{ID: "u2", Username: "flo@example.com", Email: "flo@example.com"},
	}, nil
}

// UserByID knows only these two, so that an invitation leaves the list as it is.
func (u *fewUsers) UserByID(ctx context.Context, token, id string) (wallaroo.User, []byte, bool, error) {
	if u.hang {
		<-ctx.Done()
		return wallaroo.User{}, nil, false, ctx.Err()
	}
	all, err := u.Users(ctx, token)
	if i := slices.IndexFunc(all, func(u wallaroo.User) bool { return u.ID == id }); i >= 0 {
		return all[i], []byte("{}"), true, err
	}
	return wallaroo.User{}, nil, false, err
}

func (u *fewUsers) Invite(_ context.Context, _, email, password string) (wallaroo.Invitation, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.invited = append(u.invited, [2]string{email, password})
	return wallaroo.Invitation{ID: "u3", Password: "temporary-kT7"}, nil
}

// sent returns the invitations since the last call.
func (u *fewUsers) sent() [][2]string {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := u.invited
	u.invited = nil
	return all
}
