package directory

import (
	"context"
	"maps"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// Method is how an account signs in, as the by-id answer has it.
type Method struct {
	// Told is false when the answer did not say.
	Told bool
	// Providers are the aliases of the outside identity providers that the
	// account is linked to.
	Providers []string

	// list is the ReadAt of the list for which it was asked.
	list time.Time
}

// Method returns how an account signs in. It is there once ReadMethods has asked,
// also when the list has been read again since.
func (r Reading) Method(id string) (m Method, asked bool) {
	m, asked = r.methods[id]
	return m, asked
}

// LacksMethods returns the ids of the accounts for which ReadMethods has not been
// asked since the list was read.
func (r Reading) LacksMethods(accounts []*Account) []string {
	var ids []string
	for _, a := range accounts {
		if m, asked := r.methods[a.ID]; !asked || !m.list.Equal(r.ReadAt) {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// ReadMethods asks how the accounts with these ids sign in, which only the
// by-id answer tells, in one call, and returns the reading with what it learnt.
// Later readings of the same caller have it too.
func (d *Directory) ReadMethods(ctx context.Context, c Caller, r Reading, ids []string) (Reading, error) {
	if len(ids) == 0 {
		return r, nil
	}
	users, err := wallaroo.WithToken(ctx, c.Tokens, func(token string) ([]wallaroo.User, error) { return d.api.UsersByID(ctx, token, ids...) })
	if err != nil {
		return r, err
	}
	learnt := make(map[string]Method, len(ids))
	for _, id := range ids {
		learnt[id] = Method{list: r.ReadAt}
	}
	for _, u := range users {
		learnt[u.ID] = methodOf(u, r.ReadAt)
	}
	r.methods = d.learn(c.Key, learnt)
	return r, nil
}

func methodOf(u wallaroo.User, list time.Time) Method {
	m := Method{Told: u.FederatedKnown, list: list}
	for _, f := range u.FederatedIdentities {
		m.Providers = append(m.Providers, f.Provider)
	}
	return m
}

// learn adds to what is known for a caller.
func (d *Directory) learn(key string, learnt map[string]Method) map[string]Method {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v, kept := d.caches[key]; kept {
		return v.learnLocked(learnt)
	}
	return learnt
}

// learnLocked makes a new map, since readings have the old one.
func (v *cache) learnLocked(learnt map[string]Method) map[string]Method {
	known := make(map[string]Method, len(v.methods)+len(learnt))
	maps.Copy(known, v.methods)
	maps.Copy(known, learnt)
	v.methods = known
	return known
}

// keepMethodsLocked drops what was known of accounts that a new list no longer has.
func (v *cache) keepMethodsLocked(s *Snapshot) {
	known := maps.Clone(v.methods)
	maps.DeleteFunc(known, func(id string, _ Method) bool { _, there := s.byID[id]; return !there })
	v.methods = known
}
