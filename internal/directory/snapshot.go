package directory

import (
	"reflect"
	"slices"
	"sync"
	"time"

	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/wallaroo"
)

// KeycloakPageSize is Keycloak's default page size (GET
// /admin/realms/{realm}/users, parameter max): a list of exactly this size may
// be truncated.
const KeycloakPageSize = 100

// Snapshot is the result of one read of all users. It is immutable; a change of
// an account makes another Snapshot.
type Snapshot struct {
	// ReadAt is when the request was sent.
	ReadAt time.Time
	// Total, Active and Unknown are numbers of accounts; Unknown are those whose
	// status the answer does not say.
	Total, Active, Unknown int

	index
	counts  Counts
	byID    map[string]*Account
	byEmail map[string][]*Account
	orders  [columns]order

	facetsOnce sync.Once
	facets     *Facets
}

// order is the accounts' order when sorted by one column, computed when first
// needed.
type order struct {
	once   sync.Once
	places []uint32
	// filled is the number of accounts with a value; those without come last.
	filled int
}

func newSnapshot(users []wallaroo.User, readAt time.Time) *Snapshot {
	// The API returns roles to administrators only, and of accounts that have any.
	tellsRoles := slices.ContainsFunc(users, func(u wallaroo.User) bool { return u.RealmRoles != nil })
	entries := make([]entry, len(users))
	for i := range users {
		entries[i] = entry{Account: &Account{User: users[i]}, text: foldUser(users[i])}
	}
	slices.SortFunc(entries, byEmail)
	// One allocation in this order, for sequential memory access.
	accounts := make([]Account, len(users))
	for i := range entries {
		accounts[i] = Account{User: entries[i].User, Issues: diagnose(entries[i].User)}
		if tellsRoles && accounts[i].RealmRoles == nil {
			accounts[i].RealmRoles = []string{}
		}
		entries[i].Account = &accounts[i]
	}
	return snapshotOf(entries, readAt)
}

// snapshotOf returns a snapshot of entries, which are sorted by email.
func snapshotOf(entries []entry, readAt time.Time) *Snapshot {
	s := &Snapshot{
		ReadAt: readAt, index: newIndex(entries),
		byID:    make(map[string]*Account, len(entries)),
		byEmail: make(map[string][]*Account, len(entries)),
	}
	for _, a := range s.accounts {
		if key := emails.Key(a.Email); key != "" {
			s.byEmail[key] = append(s.byEmail[key], a)
		}
	}
	for i, a := range s.accounts {
		shared := len(s.byEmail[emails.Key(a.Email)]) > 1
		if shared != a.Has(SharedEmail) {
			a = a.withShared(shared)
			s.accounts[i] = a
		}
		s.count(i, a)
	}
	s.Total, s.Active, s.Unknown = s.counts.All, s.counts.Active, s.counts.Unknown
	return s
}

func (s *Snapshot) count(i int, a *Account) {
	s.byID[a.ID] = a
	s.tabs[i] = tabOf(a)
	s.counts.add(s.tabs[i])
}

// with returns a snapshot with u replaced or added. What only the list answer
// has (LastLogin, RealmRoles) is kept from the old entry.
func (s *Snapshot) with(u wallaroo.User) *Snapshot {
	entries := s.entries()
	if old, found := s.byID[u.ID]; found {
		u = keepListed(u, old.User)
		entries[slices.Index(s.accounts, old)] = entry{Account: newAccount(u), text: foldUser(u)}
	} else {
		entries = append(entries, entry{Account: newAccount(u), text: foldUser(u)})
	}
	slices.SortFunc(entries, byEmail)
	return snapshotOf(entries, s.ReadAt)
}

// without returns a snapshot without the account with this id.
func (s *Snapshot) without(id string) *Snapshot {
	return snapshotOf(slices.DeleteFunc(s.entries(), func(e entry) bool { return e.ID == id }), s.ReadAt)
}

// has reports whether with(u) would return an equal snapshot. Federated
// identities are ignored, since the list answer lacks them.
func (s *Snapshot) has(u wallaroo.User) bool {
	old, found := s.byID[u.ID]
	if !found {
		return false
	}
	listed := old.User
	u = keepListed(u, listed)
	u.FederatedIdentities, u.FederatedKnown = nil, false
	listed.FederatedIdentities, listed.FederatedKnown = nil, false
	return reflect.DeepEqual(u, listed)
}

// keepListed copies the fields that only the list answer has.
func keepListed(byID, listed wallaroo.User) wallaroo.User {
	if !byID.LastLogin.Known {
		byID.LastLogin = listed.LastLogin
	}
	if byID.RealmRoles == nil {
		byID.RealmRoles = listed.RealmRoles
	}
	return byID
}

// MaybeCut reports whether the list has exactly Keycloak's default page size,
// so that users may be missing.
func (s *Snapshot) MaybeCut() bool { return s.Total == KeycloakPageSize }

// ByID returns the account with this id.
func (s *Snapshot) ByID(id string) (*Account, bool) {
	a, found := s.byID[id]
	return a, found
}

// Member returns an account whose email or username is this address, compared by
// [emails.Same]; the one most
// likely active if there are several.
func (s *Snapshot) Member(email string) (*Account, bool) {
	key := emails.Key(email)
	found := slices.Clone(s.byEmail[key])
	for _, a := range s.accounts {
		if a.Username != a.Email && emails.Key(a.Username) == key {
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		return nil, false
	}
	// A known status is before an unknown one.
	for _, want := range []Status{Active, StatusUnknown} {
		if i := slices.IndexFunc(found, func(a *Account) bool { return a.Status() == want }); i >= 0 {
			return found[i], true
		}
	}
	return found[0], true
}

// SharesEmail returns the other accounts with the same email as a.
func (s *Snapshot) SharesEmail(a *Account) []*Account {
	return slices.DeleteFunc(slices.Clone(s.byEmail[emails.Key(a.Email)]), func(b *Account) bool { return b.ID == a.ID })
}
