package auth_test

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/sessions"

	"wallaroo-user-admin/internal/auth"
)

const versionKey = "_version"

// memory is a working store of sessions, shared by as many relying parties as a test likes.
type memory struct {
	mu     sync.Mutex
	rows   map[string]map[any]any
	leases map[string]bool
	used   map[string]bool
	broken bool // every call fails

	replaced func() // called before each Replace, without the lock
}

var _ auth.Sessions = (*memory)(nil)

var errBroken = errors.New("disk on fire at /var/lib/secret")

func newMemory() *memory {
	return &memory{rows: map[string]map[any]any{}, leases: map[string]bool{}, used: map[string]bool{}}
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

func (m *memory) Reload(_ context.Context, s *sessions.Session) (bool, error) {
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

func (m *memory) Lease(_ context.Context, id string, _ time.Duration) (func(), bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return nil, false, errBroken
	}
	if m.leases[id] {
		return nil, false, nil
	}
	m.leases[id] = true
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.leases, id)
	}, true, nil
}

func (m *memory) End(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rows, id)
	return m.healthLocked()
}

func (m *memory) EndByProviderSession(_ context.Context, sid string) (int, error) {
	return m.endWhere(auth.KeyProviderSession, sid)
}

func (m *memory) EndBySubject(_ context.Context, subject string) (int, error) {
	return m.endWhere(auth.KeySubject, subject)
}

func (m *memory) endWhere(key, value string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := len(m.rows)
	maps.DeleteFunc(m.rows, func(_ string, row map[any]any) bool { return row[key] == value })
	return before - len(m.rows), m.healthLocked()
}

func (m *memory) UseOnce(_ context.Context, key string, _ time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := !m.used[key]
	m.used[key] = true
	return first, m.healthLocked()
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

// count says how many sessions there are.
func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.rows)
}

// value reads a value of the only session.
func (m *memory) value(key string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, row := range m.rows {
		v, _ := row[key].(string)
		return v
	}
	return ""
}

// touch writes the sessions as another request would, so that a compare-and-swap in between fails.
func (m *memory) touch() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, row := range m.rows {
		m.rows[id] = next(row)
	}
}
