// Package fakeapi is an in-memory users API for tests.
package fakeapi

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"wallaroo-user-admin/internal/wallaroo"
)

// API is an in-memory users API. The function fields are hooks, all optional.
type API struct {
	mu     sync.Mutex
	People map[string]wallaroo.User
	Calls  []string // "list", "by-id u1", "activate jo@example.com", …
	// Refused are tokens that are answered with 401.
	Refused map[string]bool

	InContext       func(ctx context.Context, op string) error // before any call: "list", "by-id", "activate", …
	OnList          func() error                               // before the list is answered
	OnByID          func(id string) error                      // before an account is answered
	AfterChange     func(op, email string) error               // in place of a change's answer, after it is done
	InsteadOfChange func(op, email string) error               // in place of a change
}

// New returns an API with these users.
func New(users ...wallaroo.User) *API {
	f := &API{People: map[string]wallaroo.User{}, Refused: map[string]bool{}}
	for _, u := range users {
		f.People[u.ID] = u
	}
	return f
}

func (f *API) note(ctx context.Context, token, format string, args ...any) error {
	if f.InContext != nil {
		op, _, _ := strings.Cut(fmt.Sprintf(format, args...), " ")
		if err := f.InContext(ctx, op); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Calls = append(f.Calls, fmt.Sprintf(format, args...))
	if f.Refused[token] {
		return &wallaroo.Error{Op: "query", Kind: wallaroo.ErrUnauthorized, Status: 401, Sent: true}
	}
	return nil
}

// Users implements the query for all users.
func (f *API) Users(ctx context.Context, token string) ([]wallaroo.User, error) {
	if err := f.note(ctx, token, "list"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	var all []wallaroo.User
	for _, u := range f.People {
		all = append(all, u)
	}
	f.mu.Unlock()
	if f.OnList != nil {
		if err := f.OnList(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// inByID returns u without the fields that only the list answer has.
func inByID(u wallaroo.User) wallaroo.User {
	u.LastLogin, u.RealmRoles, u.FederatedKnown = wallaroo.LastLogin{}, nil, true
	return u
}

// UsersByID implements the query for some ids.
func (f *API) UsersByID(ctx context.Context, token string, ids ...string) ([]wallaroo.User, error) {
	if err := f.note(ctx, token, "by-id %s", strings.Join(ids, " ")); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []wallaroo.User
	for _, id := range ids {
		if u, found := f.People[id]; found {
			all = append(all, inByID(u))
		}
	}
	return all, nil
}

// UserByID implements the query for one id.
func (f *API) UserByID(ctx context.Context, token, id string) (wallaroo.User, []byte, bool, error) {
	if f.OnByID != nil {
		if err := f.OnByID(id); err != nil {
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

// Invite implements the invite call.
func (f *API) Invite(ctx context.Context, token, email, password string) (wallaroo.Invitation, error) {
	if err := f.note(ctx, token, "invite %s", email); err != nil {
		return wallaroo.Invitation{}, err
	}
	if f.InsteadOfChange != nil {
		if err := f.InsteadOfChange("invite", email); err != nil {
			return wallaroo.Invitation{}, err
		}
	}
	f.mu.Lock()
	id := fmt.Sprintf("new-%d", len(f.People))
	f.People[id] = wallaroo.User{ID: id, Username: email, Email: email, Enabled: wallaroo.True}
	f.mu.Unlock()
	if f.AfterChange != nil {
		if err := f.AfterChange("invite", email); err != nil {
			return wallaroo.Invitation{}, err
		}
	}
	if password == "" {
		password = "made-up"
	}
	return wallaroo.Invitation{ID: id, Password: password}, nil
}

// Activate implements the activate call.
func (f *API) Activate(ctx context.Context, token, email string) error {
	return f.set(ctx, token, "activate", email, true)
}

// Deactivate implements the deactivate call.
func (f *API) Deactivate(ctx context.Context, token, email string) error {
	return f.set(ctx, token, "deactivate", email, false)
}

func (f *API) set(ctx context.Context, token, op, email string, enabled bool) error {
	if err := f.note(ctx, token, "%s %s", op, email); err != nil {
		return err
	}
	if f.InsteadOfChange != nil {
		if err := f.InsteadOfChange(op, email); err != nil {
			return err
		}
	}
	f.mu.Lock()
	for id, u := range f.People {
		if strings.EqualFold(u.Email, email) {
			u.Enabled = wallaroo.BoolOf(enabled)
			f.People[id] = u
		}
	}
	f.mu.Unlock()
	if f.AfterChange != nil {
		return f.AfterChange(op, email)
	}
	return nil
}

// Count returns the number of calls that begin with prefix.
func (f *API) Count(prefix string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.Calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

// Edit changes an account outside the dashboard.
func (f *API) Edit(id string, by func(*wallaroo.User)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.People[id]
	by(&u)
	f.People[id] = u
}

// Tokens is a token source: "t0", and the next number after each renewal.
type Tokens struct {
	mu sync.Mutex
	// N is the number of the valid token.
	N int
	// Renewed counts the renewals.
	Renewed int
	// Err is returned by Renew if it is set.
	Err error
}

// Token implements wallaroo.Tokens.
func (t *Tokens) Token(context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprintf("t%d", t.N), nil
}

// Renew implements wallaroo.Tokens.
func (t *Tokens) Renew(context.Context, string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Err != nil {
		return "", t.Err
	}
	t.N++
	t.Renewed++
	return fmt.Sprintf("t%d", t.N), nil
}

// Person returns an administrator's account that has never signed in, with email and username derived from its id.
func Person(id string, enabled bool) wallaroo.User {
	email := id + "@example.com"
	return wallaroo.User{
		ID: id, Username: email, Email: email, Enabled: wallaroo.BoolOf(enabled), EmailVerified: wallaroo.True,
		LastLogin: wallaroo.LastLogin{Known: true}, RealmRoles: []string{"admin"},
	}
}

// Remove deletes an account outside the dashboard.
func (f *API) Remove(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.People, id)
}
