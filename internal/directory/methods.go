package directory

import (
	"context"
	"maps"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// Method is how an account signs in, from the by-id answer.
type Method struct {
	// Told is false if the answer did not contain federated identities.
	Told bool
	// Providers are the aliases of the identity providers that the account is
	// linked to.
	Providers []string

	// list is the ReadAt of the list for which the method was read.
	list time.Time
}

// Method returns how an account signs in; asked is false until ReadMethods has
// read it. It survives later reads of the list.
func (r Reading) Method(id string) (m Method, asked bool) {
	m, asked = r.methods[id]
	return m, asked
}

// LacksMethods returns the ids of the accounts whose method was not read since
// the list was.
func (r Reading) LacksMethods(accounts []*Account) []string {
	var ids []string
	for _, a := range accounts {
		if m, asked := r.methods[a.ID]; !asked || !m.list.Equal(r.ReadAt) {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// ReadMethods reads the sign-in methods of the accounts with these ids, in one
// by-id call, and returns the reading with them. Later readings of the same
// caller include them.
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

// learn adds methods to the caller's cache and returns all of them.
func (d *Directory) learn(key string, learnt map[string]Method) map[string]Method {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v, kept := d.caches[key]; kept {
		return v.learnLocked(learnt)
	}
	return learnt
}

// learnLocked copies the map, since readings share the old one.
func (v *cache) learnLocked(learnt map[string]Method) map[string]Method {
	known := make(map[string]Method, len(v.methods)+len(learnt))
	maps.Copy(known, v.methods)
	maps.Copy(known, learnt)
	v.methods = known
	return known
}

// keepMethodsLocked drops the methods of accounts that are not in the new list.
func (v *cache) keepMethodsLocked(s *Snapshot) {
	known := maps.Clone(v.methods)
	maps.DeleteFunc(known, func(id string, _ Method) bool { _, there := s.byID[id]; return !there })
	v.methods = known
}
