package auth_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"wallaroo-user-admin/internal/auth"
)

const versionKey = "_version"

// memory is a session store in memory, which several relying parties may share.
type memory struct {
	mu     sync.Mutex
	rows   map[string]map[any]any
	leases map[string]*leased
	used   map[string]time.Time // until when
	broken bool                 // every call fails
	once   string               // the name of a call that fails the next time

	replaced func()                      // called before each Replace, without the lock
	ending   func(context.Context) error // the same for EndBySubject and EndByProviderSession; an error is the answer
	leasing  func(context.Context) error // called before each Lease, without the lock; an error is its answer
	reloads  func(context.Context) error // the same for Reload
	asked    int                         // calls of Lease
}

// leased is a lease as the database stores it.
type leased struct {
	owner string
	beat  int
}

var _ auth.Sessions = (*memory)(nil)

var errBroken = errors.New("disk on fire at /var/lib/secret")

func newMemory() *memory {
	return &memory{rows: map[string]map[any]any{}, leases: map[string]*leased{}, used: map[string]time.Time{}}
}

func (m *memory) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(m, name)
}

func (m *memory) New(r *http.Request, name string) (*sessions.Session, error) {
	s := sessions.NewSession(m, name)
	s.IsNew = true
	c, err := r.Cookie(name)
	if err != nil {
		return s, m.health()
	}
	s.ID = c.Value
	found, err := m.Reload(r.Context(), s)
	if found {
		s.IsNew = false
	} else {
		s.ID = ""
	}
	return s, err
}

func (m *memory) Save(_ *http.Request, w http.ResponseWriter, s *sessions.Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errBroken
	}
	cookie := &http.Cookie{Name: s.Name(), Path: "/", HttpOnly: true, MaxAge: s.Options.MaxAge}
	if s.Options.MaxAge < 0 {
		delete(m.rows, s.ID)
	} else {
		if s.ID == "" {
			s.ID = rand.Text() + rand.Text()
		}
		m.rows[s.ID] = next(s.Values)
		cookie.Value = s.ID
	}
	http.SetCookie(w, cookie)
	return nil
}

func next(values map[any]any) map[any]any {
	row := maps.Clone(values)
	v, _ := row[versionKey].(string)
	n, _ := strconv.Atoi(v)
	row[versionKey] = strconv.Itoa(n + 1)
	return row
}

func (m *memory) Reload(ctx context.Context, s *sessions.Session) (bool, error) {
	if err := m.hook(ctx, &m.reloads); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return false, errBroken
	}
	row, ok := m.rows[s.ID]
	if ok {
		s.Values = maps.Clone(row)
	}
	return ok, nil
}

func (m *memory) Replace(_ context.Context, s *sessions.Session) (bool, error) {
	if m.replaced != nil {
		m.replaced()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return false, errBroken
	}
	row, ok := m.rows[s.ID]
	if !ok || row[versionKey] != s.Values[versionKey] {
		return false, nil
	}
	m.rows[s.ID] = next(s.Values)
	return true, nil
}

func (m *memory) Lease(ctx context.Context, id, owner, stuck string) (string, bool, error) {
	if err := m.hook(ctx, &m.leasing); err != nil {
		return "", false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	l := m.leases[id]
	switch {
	case m.broken:
		return "", false, errBroken
	case m.rows[id] == nil:
		return "", false, nil
	case l == nil:
		l = &leased{}
		m.leases[id] = l
	case l.owner != owner && fmt.Sprint(*l) != stuck:
		return fmt.Sprint(*l), false, nil
	}
	l.owner, l.beat = owner, l.beat+1
	return "", true, nil
}

func (m *memory) Release(_ context.Context, id, owner string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.leases[id]; l != nil && l.owner == owner {
		delete(m.leases, id)
	}
	return m.healthLocked()
}

// hook calls the test's hook, if there is one.
func (m *memory) hook(ctx context.Context, which *func(context.Context) error) error {
	m.mu.Lock()
	f := *which
	m.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(ctx)
}

// set changes hooks while the store is used.
func (m *memory) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

// asks waits until Lease has been called n more times.
func (m *memory) asks(t testing.TB, n int) {
	t.Helper()
	m.mu.Lock()
	until := m.asked + n
	m.mu.Unlock()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		m.mu.Lock()
		done := m.asked >= until
		m.mu.Unlock()
		if done {
			return
		}
	}
	t.Error("nobody asks for the lease any more")
}

// id returns the id of the only session.
func (m *memory) id() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.rows {
		return id
	}
	return ""
}

func (m *memory) End(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rows, id)
	return m.healthLocked()
}

func (m *memory) EndByProviderSession(ctx context.Context, sid string) ([]string, error) {
	return m.endWhere(ctx, auth.KeyProviderSession, sid)
}

func (m *memory) EndBySubject(ctx context.Context, subject string) (int, error) {
	ended, err := m.endWhere(ctx, auth.KeySubject, subject)
	return len(ended), err
}

func (m *memory) endWhere(ctx context.Context, key, value string) (subjects []string, err error) {
	if err := m.hook(ctx, &m.ending); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.failsLocked("End"); err != nil {
		return nil, err
	}
	maps.DeleteFunc(m.rows, func(_ string, row map[any]any) bool {
		if row[key] != value {
			return false
		}
		subject, _ := row[auth.KeySubject].(string)
		subjects = append(subjects, subject)
		return true
	})
	return subjects, nil
}

func (m *memory) Used(_ context.Context, key string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, used := m.used[key]
	return used, m.failsLocked("Used")
}

func (m *memory) UseOnce(_ context.Context, key string, until time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.failsLocked("UseOnce"); err != nil {
		return false, err
	}
	_, used := m.used[key]
	m.used[key] = until
	return !used, nil
}

// failsLocked returns the error for the call of that name: a single one that the test set, or one for all calls while
// the store is broken.
func (m *memory) failsLocked(call string) error {
	if m.once == call {
		m.once = ""
		return errBroken
	}
	return m.healthLocked()
}

func (m *memory) health() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.healthLocked()
}

func (m *memory) healthLocked() error {
	if m.broken {
		return errBroken
	}
	return nil
}

func (m *memory) setBroken(b bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = b
}

// count returns the number of sessions.
func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.rows)
}

// value returns a value of the only session.
func (m *memory) value(key string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range m.rows {
		v, _ := row[key].(string)
		return v
	}
	return ""
}

// touch writes all sessions as another request would, so that a compare-and-swap in progress fails.
func (m *memory) touch() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, row := range m.rows {
		m.rows[id] = next(row)
	}
}
