package demo

import (
	"errors"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"
)

// seatsTaken is Wallaroo's error text when the licence has no seat left.
const seatsTaken = "You have reached the user limit in your Wallaroo instance. " +
	"In order to add additional users, you can deactivate existing ones."

// refusal is an error of the users API: HTTP status and msg.
type refusal struct {
	status int
	msg    string
}

func (r *refusal) Error() string { return r.msg }

// Errors of authenticate.
var (
	errWrongPassword = errors.New("invalid username or password")
	errDisabled      = errors.New("account is disabled, contact your administrator")
)

// directory holds the accounts that the API and the provider share. It is safe for concurrent use.
type directory struct {
	now func() time.Time

	mu         sync.Mutex
	seats      int // 0: no limit
	active     int // accounts that take a seat
	accounts   []*account
	byID       map[string]*account
	byUsername map[string]*account   // lower case
	byEmail    map[string][]*account // lower case, oldest first
}

func newDirectory(now func() time.Time, seats int) *directory {
	return &directory{now: now, seats: seats}
}

// seed replaces all accounts by n seeded ones, the same on every start.
func (d *directory) seed(n int) {
	accounts := seedAccounts(n, d.now())
	d.mu.Lock()
	defer d.mu.Unlock()
	d.active = 0
	d.accounts = make([]*account, 0, len(accounts))
	d.byID = make(map[string]*account, len(accounts))
	d.byUsername = make(map[string]*account, len(accounts))
	d.byEmail = make(map[string][]*account, len(accounts))
	for _, a := range accounts {
		d.insert(a)
	}
}

func (d *directory) setSeats(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seats = n
}

// list returns every account's member of the list answer. The slices must not be changed.
func (d *directory) list() [][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	entries := make([][]byte, 0, len(d.accounts))
	for _, a := range d.accounts {
		if !a.hidden {
			entries = append(entries, a.listEntry())
		}
	}
	return entries
}

// read returns the by-id answer's value for id, or nil when the id is unknown to the API.
func (d *directory) read(id string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.byID[id]
	if a == nil || a.hidden {
		return nil
	}
	return a.byID()
}

// invite adds an account. Without a password it generates a temporary one, to be changed at the first sign-in.
func (d *directory) invite(email, password string, admin, reset bool) (id, plain string, err error) {
	if !validEmail(email) {
		return "", "", &refusal{http.StatusBadRequest, "error-invalid-email"}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full() {
		return "", "", &refusal{http.StatusForbidden, seatsTaken}
	}
	email = strings.ToLower(email)
	if d.byUsername[email] != nil || len(d.byEmail[email]) > 0 {
		return "", "", &refusal{http.StatusBadRequest, "User exists with same username"}
	}
	a := &account{
		id: newID(), username: email, email: email, enabled: true, created: d.now().UnixMilli(),
		manage: true, lastKnown: signInNever, admin: admin, password: password,
	}
	if password == "" {
		a.password, reset = randomText(16), true
	}
	if reset {
		a.actions = []string{updatePassword}
	}
	d.insert(a)
	return a.id, a.password, nil
}

// setEnabled activates or deactivates the first account with email, as the real API does when two share it.
func (d *directory) setEnabled(email string, enabled bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var a *account
	for _, candidate := range d.byEmail[strings.ToLower(email)] {
		if !candidate.hidden {
			a = candidate
			break
		}
	}
	switch {
	case a == nil:
		return &refusal{http.StatusBadRequest, "User not found"}
	case a.frozen():
		return &refusal{http.StatusBadRequest, "error-person-name-invalid-character"}
	case !a.manage:
		return &refusal{http.StatusForbidden, "HTTP 403 Forbidden"}
	case enabled && !a.enabled && d.full():
		return &refusal{http.StatusForbidden, seatsTaken}
	}
	d.update(a, func() { a.enabled = enabled })
	return nil
}

// authenticate returns the account that signs in with login (a username or an email) and password. The errors are
// errWrongPassword and errDisabled; a wrong password doesn't reveal whether the account exists or is disabled.
func (d *directory) authenticate(login, password string) (account, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.find(login)
	if a == nil || a.password != password {
		return account{}, errWrongPassword
	}
	if !a.enabled {
		return account{}, errDisabled
	}
	return a.copy(), nil
}

// get returns the account with id.
func (d *directory) get(id string) (account, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.byID[id]
	if a == nil {
		return account{}, false
	}
	return a.copy(), true
}

// setPassword stores a password chosen by its owner and removes the UPDATE_PASSWORD action.
func (d *directory) setPassword(id, password string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := d.byID[id]; a != nil {
		d.update(a, func() {
			a.password = password
			a.actions = slices.DeleteFunc(a.actions, func(s string) bool { return s == updatePassword })
		})
	}
}

// signedIn records a sign-in of the account with id.
func (d *directory) signedIn(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a := d.byID[id]; a != nil {
		d.update(a, func() { a.lastKnown, a.lastLogin = signInAt, d.now().UnixMilli() })
	}
}

// find looks up a login as Keycloak does: usernames before emails. The caller holds the lock.
func (d *directory) find(login string) *account {
	login = strings.ToLower(strings.TrimSpace(login))
	if a := d.byUsername[login]; a != nil {
		return a
	}
	if same := d.byEmail[login]; len(same) > 0 {
		return same[0]
	}
	return nil
}

func (d *directory) full() bool { return d.seats > 0 && d.active >= d.seats }

// update calls change on a and updates the indexes, the seat count and the cached entry. The caller holds the lock.
func (d *directory) update(a *account, change func()) {
	d.unindex(a)
	change()
	d.index(a)
}

func (d *directory) insert(a *account) {
	d.accounts = append(d.accounts, a)
	d.index(a)
}

func (d *directory) remove(a *account) {
	d.unindex(a)
	d.accounts = slices.DeleteFunc(d.accounts, func(other *account) bool { return other == a })
}

func (d *directory) index(a *account) {
	a.entry = nil
	d.byID[a.id] = a
	d.byUsername[strings.ToLower(a.username)] = a
	if a.email != "" {
		key := strings.ToLower(a.email)
		same := slices.Concat(d.byEmail[key], []*account{a})
		// Keep the order by age: setEnabled acts on the oldest.
		if len(same) > 1 {
			slices.SortStableFunc(same, func(x, y *account) int { return d.position(x) - d.position(y) })
		}
		d.byEmail[key] = same
	}
	if a.enabled && !a.hidden {
		d.active++
	}
}

func (d *directory) unindex(a *account) {
	delete(d.byID, a.id)
	delete(d.byUsername, strings.ToLower(a.username))
	key := strings.ToLower(a.email)
	if same := slices.DeleteFunc(d.byEmail[key], func(other *account) bool { return other == a }); len(same) > 0 {
		d.byEmail[key] = same
	} else {
		delete(d.byEmail, key)
	}
	if a.enabled && !a.hidden {
		d.active--
	}
}

func (d *directory) position(a *account) int { return slices.Index(d.accounts, a) }

// validEmail reports whether s is an address without a display name.
func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}
