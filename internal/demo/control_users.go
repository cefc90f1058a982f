package demo

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// userState is the state of an account in the answer of GET /control/users.
type userState struct {
	ID              string   `json:"id"`
	Username        string   `json:"username"`
	Email           string   `json:"email"`
	FirstName       string   `json:"firstName"`
	LastName        string   `json:"lastName"`
	Enabled         bool     `json:"enabled"`
	EmailVerified   bool     `json:"emailVerified"`
	Admin           bool     `json:"admin"`
	Manage          bool     `json:"manage"`
	Hidden          bool     `json:"hidden"` // unknown to the API
	RequiredActions []string `json:"requiredActions"`
	CreatedAt       int64    `json:"createdTimestamp"`
	LastLogin       int64    `json:"lastLogin"` // 0: never or unknown
}

// userChange is the body of POST /control/users: a change that bypasses the dashboard. Omitted fields stay unchanged.
type userChange struct {
	User   string `json:"user"`   // id, username or email of the account
	Add    bool   `json:"add"`    // create the account; needs an email or a username
	Remove bool   `json:"remove"` // delete it
	ID     string `json:"id"`     // of a new account; random if omitted

	Enabled         *bool     `json:"enabled"`
	Email           *string   `json:"email"`
	Username        *string   `json:"username"`
	EmailVerified   *bool     `json:"emailVerified"`
	FirstName       *string   `json:"firstName"`
	LastName        *string   `json:"lastName"`
	Admin           *bool     `json:"admin"`
	Manage          *bool     `json:"manage"`
	Password        *string   `json:"password"`
	RequiredActions *[]string `json:"requiredActions"`
	Lacks           *[]string `json:"lacks"` // members that the API's answers leave out, such as "enabled"
}

// counts are the numbers of accounts and seats.
type counts struct {
	Users  int `json:"users"`
	Active int `json:"active"`
	Seats  int `json:"seats"`
}

// findUsers serves GET /control/users (?email=, ?user=): the accounts with that email, or the one with that id,
// username or email; without either, the counts.
func (d *Demo) findUsers(r *http.Request) (any, error) {
	q := r.URL.Query()
	switch {
	case q.Has("email"):
		return d.users.states(func(a *account) bool { return strings.EqualFold(a.email, q.Get("email")) }), nil
	case q.Has("user"):
		a, ok := d.users.lookup(q.Get("user"))
		return d.users.states(func(other *account) bool { return ok && other.id == a.id }), nil
	}
	return d.users.counts(), nil
}

// changeUsers serves POST /control/users.
func (d *Demo) changeUsers(r *http.Request) (any, error) {
	var c userChange
	if err := read(r, &c); err != nil {
		return nil, err
	}
	id, err := d.users.change(c)
	if err != nil {
		return nil, err
	}
	return d.users.states(func(a *account) bool { return a.id == id }), nil
}

func (d *directory) counts() counts {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := counts{Active: d.active, Seats: d.seats}
	for _, a := range d.accounts {
		if !a.hidden {
			c.Users++
		}
	}
	return c
}

func (d *directory) states(which func(*account) bool) []userState {
	d.mu.Lock()
	defer d.mu.Unlock()
	states := []userState{}
	for _, a := range d.accounts {
		if which(a) {
			states = append(states, userState{
				ID: a.id, Username: a.username, Email: a.email, FirstName: a.first, LastName: a.last, Enabled: a.enabled,
				EmailVerified: a.emailVerified, Admin: a.admin, Manage: a.manage, Hidden: a.hidden,
				RequiredActions: append([]string{}, a.actions...), CreatedAt: a.created, LastLogin: a.lastLogin,
			})
		}
	}
	return states
}

// lookup finds an account by id, username or email.
func (d *directory) lookup(user string) (account, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := cmp.Or(d.byID[user], d.find(user)); a != nil {
		return a.copy(), true
	}
	return account{}, false
}

// change applies c and returns the account's id.
func (d *directory) change(c userChange) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.Add {
		return d.addBy(c)
	}
	a := cmp.Or(d.byID[c.User], d.find(c.User))
	if a == nil {
		return "", fmt.Errorf("no account %q", c.User)
	}
	if c.Username != nil {
		if other := d.byUsername[strings.ToLower(*c.Username)]; other != nil && other != a {
			return "", errors.New("another account has that username")
		}
	}
	if c.Remove {
		d.remove(a)
		return a.id, nil
	}
	d.update(a, func() { c.apply(a) })
	return a.id, nil
}

func (d *directory) addBy(c userChange) (string, error) {
	a := &account{
		id: cmp.Or(c.ID, newID()), enabled: true, manage: true, created: d.now().UnixMilli(), lastKnown: signInNever, password: Password,
	}
	c.apply(a)
	a.username = cmp.Or(a.username, strings.ToLower(a.email))
	if a.username == "" || d.byUsername[strings.ToLower(a.username)] != nil {
		return "", errors.New("want an email or a username that is not in use")
	}
	d.insert(a)
	return a.id, nil
}

// apply sets the fields of a that c has.
func (c *userChange) apply(a *account) {
	set(&a.enabled, c.Enabled)
	set(&a.email, c.Email)
	set(&a.username, c.Username)
	set(&a.emailVerified, c.EmailVerified)
	set(&a.first, c.FirstName)
	set(&a.last, c.LastName)
	set(&a.admin, c.Admin)
	set(&a.manage, c.Manage)
	set(&a.password, c.Password)
	if c.RequiredActions != nil {
		a.actions = slices.Clone(*c.RequiredActions)
	}
	if c.Lacks != nil {
		a.lacks = slices.Clone(*c.Lacks)
	}
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}
