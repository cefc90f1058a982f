package directory

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// cutAt is where Keycloak's own lists stop by default: exactly so many users
// may mean that there are more.
const cutAt = 100

// Snapshot is everybody, as one read of the users API told. It never changes; a
// change of an account makes another Snapshot.
type Snapshot struct {
	// ReadAt is when the answer was asked for.
	ReadAt time.Time
	// Total, Active and Attention count the accounts; Attention those with an
	// error, see Health.
	Total, Active, Attention int

	// tellsRoles is true when any account has roles: only administrators are
	// listed with theirs.
	tellsRoles bool

	accounts []*Account
	byID     map[string]*Account
	byEmail  map[string][]*Account
	orders   [columns]order

	domainsOnce sync.Once
	domains     []string
}

// order is the accounts sorted by one column, made when first wanted.
type order struct {
	once     sync.Once
	accounts []*Account
}

func newSnapshot(users []wallaroo.User, readAt time.Time) *Snapshot {
	accounts := make([]*Account, len(users))
	for i := range users {
		accounts[i] = newAccount(users[i])
	}
	return snapshotOf(accounts, readAt)
}

func snapshotOf(accounts []*Account, readAt time.Time) *Snapshot {
	s := &Snapshot{
		ReadAt: readAt, accounts: accounts,
		byID:    make(map[string]*Account, len(accounts)),
		byEmail: make(map[string][]*Account, len(accounts)),
	}
	for _, a := range accounts {
		if a.Email != "" {
			s.byEmail[emailKey(a.Email)] = append(s.byEmail[emailKey(a.Email)], a)
		}
	}
	for i, a := range accounts {
		shared := len(s.byEmail[emailKey(a.Email)]) > 1
		if shared != a.Has(SharedEmail) {
			a = a.withShared(shared)
			accounts[i] = a
		}
		s.count(a)
	}
	return s
}

func (s *Snapshot) count(a *Account) {
	s.byID[a.ID] = a
	s.tellsRoles = s.tellsRoles || a.RealmRoles != nil
	s.Total++
	if a.Enabled {
		s.Active++
	}
	if a.Health() == HealthError {
		s.Attention++
	}
}

// with gives the snapshot after u has changed or appeared. What only the list
// answer tells (LastLogin, RealmRoles) is kept from before.
func (s *Snapshot) with(u wallaroo.User) *Snapshot {
	accounts := slices.Clone(s.accounts)
	if old, found := s.byID[u.ID]; found {
		u = keepListed(u, old.User)
		i := slices.Index(accounts, old)
		accounts[i] = newAccount(u)
	} else {
		accounts = append(accounts, newAccount(u))
	}
	return snapshotOf(accounts, s.ReadAt)
}

// without gives the snapshot after the account with this id has vanished.
func (s *Snapshot) without(id string) *Snapshot {
	accounts := slices.DeleteFunc(slices.Clone(s.accounts), func(a *Account) bool { return a.ID == id })
	return snapshotOf(accounts, s.ReadAt)
}

// keepListed fills in what only the list answer tells.
func keepListed(byID, listed wallaroo.User) wallaroo.User {
	if !byID.LastLogin.Known {
		byID.LastLogin = listed.LastLogin
	}
	if byID.RealmRoles == nil {
		byID.RealmRoles = listed.RealmRoles
	}
	return byID
}

// MaybeCut reports whether the answer has exactly as many users as Keycloak's
// own lists give at the most, so that some may be missing.
func (s *Snapshot) MaybeCut() bool { return s.Total == cutAt }

// ByID gives the account with this id.
func (s *Snapshot) ByID(id string) (*Account, bool) {
	a, found := s.byID[id]
	return a, found
}

// Member gives an account whose email or username is this address, in any case;
// an active one if there are several.
func (s *Snapshot) Member(email string) (*Account, bool) {
	key := emailKey(email)
	found := slices.Clone(s.byEmail[key])
	for _, a := range s.accounts {
		if strings.EqualFold(a.Username, key) {
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		return nil, false
	}
	if i := slices.IndexFunc(found, func(a *Account) bool { return a.Enabled }); i >= 0 {
		return found[i], true
	}
	return found[0], true
}

// SharesEmail gives the other accounts with the email of a.
func (s *Snapshot) SharesEmail(a *Account) []*Account {
	return slices.DeleteFunc(slices.Clone(s.byEmail[emailKey(a.Email)]), func(b *Account) bool { return b.ID == a.ID })
}

// Domains gives the domains of the emails, at most n, those with the most
// accounts first.
func (s *Snapshot) Domains(n int) []string {
	s.domainsOnce.Do(func() {
		counts := make(map[string]int)
		for _, a := range s.accounts {
			if d := a.Domain(); d != "" {
				counts[d]++
			}
		}
		s.domains = slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
			return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
		})
	})
	return s.domains[:min(n, len(s.domains))]
}
