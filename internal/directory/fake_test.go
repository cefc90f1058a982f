package directory_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

// fakeAPI is a working users API in memory. Fields that are functions stand in
// for a call when they are set.
type fakeAPI struct {
	mu    sync.Mutex
	users map[string]wallaroo.User
	calls []string // "list", "by-id u1", "activate jo@example.com", …
	// refused are tokens that answer 401.
	refused map[string]bool

	list     func() error                 // before the list is answered
	byID     func(id string) error        // before an account is answered
	act      func(op, email string) error // in place of a change's answer, after it is done
	failFast func(op, email string) error // in place of a change
}

func newFake(users ...wallaroo.User) *fakeAPI {
	f := &fakeAPI{users: map[string]wallaroo.User{}, refused: map[string]bool{}}
	for _, u := range users {
		f.users[u.ID] = u
	}
	return f
}

func (f *fakeAPI) note(token, format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf(format, args...))
	if f.refused[token] {
		return &wallaroo.Error{Op: "query", Kind: wallaroo.ErrUnauthorized, Status: 401, Sent: true}
	}
	return nil
}

func (f *fakeAPI) Users(_ context.Context, token string) ([]wallaroo.User, error) {
	if err := f.note(token, "list"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	var all []wallaroo.User
	for _, u := range f.users {
		all = append(all, u)
	}
	f.mu.Unlock()
	if f.list != nil {
		if err := f.list(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// inByID is what the by-id answer tells: without what only the list has.
func inByID(u wallaroo.User) wallaroo.User {
	u.LastLogin, u.RealmRoles, u.FederatedKnown = wallaroo.LastLogin{}, nil, true
	return u
}

func (f *fakeAPI) UsersByID(_ context.Context, token string, ids ...string) ([]wallaroo.User, error) {
	if err := f.note(token, "by-id %s", strings.Join(ids, " ")); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []wallaroo.User
	for _, id := range ids {
		if u, found := f.users[id]; found {
			all = append(all, inByID(u))
		}
	}
	return all, nil
}

func (f *fakeAPI) UserByID(ctx context.Context, token, id string) (wallaroo.User, []byte, bool, error) {
	if f.byID != nil {
		if err := f.byID(id); err != nil {
			return wallaroo.User{}, nil, false, err
		}
	}
	users, err := f.UsersByID(ctx, token, id)
	if err != nil || len(users) == 0 {
		return wallaroo.User{}, nil, false, err
	}
	raw, err := json.Marshal(users[0].Username)
	return users[0], raw, true, err
}

func (f *fakeAPI) Invite(_ context.Context, token, email, password string) (wallaroo.Invitation, error) {
	if err := f.note(token, "invite %s", email); err != nil {
		return wallaroo.Invitation{}, err
	}
	if f.failFast != nil {
		if err := f.failFast("invite", email); err != nil {
			return wallaroo.Invitation{}, err
		}
	}
	f.mu.Lock()
	id := fmt.Sprintf("new-%d", len(f.users))
	f.users[id] = wallaroo.User{ID: id, Username: email, Email: email, Enabled: true}
	f.mu.Unlock()
	if f.act != nil {
		if err := f.act("invite", email); err != nil {
			return wallaroo.Invitation{}, err
		}
	}
	if password == "" {
		password = "made-up"
	}
	return wallaroo.Invitation{ID: id, Password: password}, nil
}

func (f *fakeAPI) Activate(_ context.Context, token, email string) error {
	return f.set(token, "activate", email, true)
}

func (f *fakeAPI) Deactivate(_ context.Context, token, email string) error {
	return f.set(token, "deactivate", email, false)
}

func (f *fakeAPI) set(token, op, email string, enabled bool) error {
	if err := f.note(token, "%s %s", op, email); err != nil {
		return err
	}
	if f.failFast != nil {
		if err := f.failFast(op, email); err != nil {
			return err
		}
	}
	f.mu.Lock()
	for id, u := range f.users {
		if strings.EqualFold(u.Email, email) {
			u.Enabled = enabled
			f.users[id] = u
		}
	}
	f.mu.Unlock()
	if f.act != nil {
		return f.act(op, email)
	}
	return nil
}

// count gives how many calls begin with a word.
func (f *fakeAPI) count(prefix string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func (f *fakeAPI) change(id string, by func(*wallaroo.User)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.users[id]
	by(&u)
	f.users[id] = u
}

// tokens gives "t1", and after each renewal the next.
type tokens struct {
	mu      sync.Mutex
	n       int
	renewed int
	err     error
}

func (t *tokens) Token(context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprintf("t%d", t.n), nil
}

func (t *tokens) Renew(context.Context, string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return "", t.err
	}
	t.n++
	t.renewed++
	return fmt.Sprintf("t%d", t.n), nil
}

var admin = directory.Caller{Key: "issuer\nme", ID: "me", Username: "me@example.com", Email: "me@example.com", Tokens: &tokens{}}

func as(key string, t *tokens) directory.Caller {
	return directory.Caller{Key: key, ID: key, Username: key + "@example.com", Tokens: t}
}

func person(id string, enabled bool) wallaroo.User {
	email := id + "@example.com"
	return wallaroo.User{
		ID: id, Username: email, Email: email, Enabled: enabled, EmailVerified: true,
		LastLogin: wallaroo.LastLogin{Known: true}, RealmRoles: []string{"admin"},
	}
}

// inBubble runs a test on a clock of its own, with a directory whose lists are
// good for 30 seconds.
func inBubble(t *testing.T, f *fakeAPI, test func(t *testing.T, d *directory.Directory)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := directory.New(f, directory.Options{Writes: f, MaxAge: 30 * time.Second, Protected: []string{"admin"}, Logger: slog.New(slog.DiscardHandler)})
		defer d.Close()
		test(t, d)
	})
}

func (f *fakeAPI) remove(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.users, id)
}
