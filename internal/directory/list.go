package directory

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Column is what a list is sorted by.
type Column int

// The columns.
const (
	ByEmail Column = iota
	ByName
	ByStatus
	ByTrouble
	ByLastLogin
	ByCreated
	columns // how many there are
)

// Filter narrows a list beside the search itself. Zero values let all pass.
type Filter struct {
	Status  Status
	Health  Health  // only HealthError and HealthWarning narrow
	Trouble Trouble // "" for any
	Domain  string  // lower case, "" for any
	Login   LoginFilter
}

// Status narrows to active or deactivated accounts.
type Status string

// The values of Status.
const (
	AnyStatus   Status = ""
	Active      Status = "active"
	Deactivated Status = "inactive"
)

// LoginFilter narrows by the last sign-in.
type LoginFilter string

// The values of LoginFilter.
const (
	AnyLogin       LoginFilter = ""
	LoginNever     LoginFilter = "never"
	LoginUnknown   LoginFilter = "unknown"
	LoginRecent    LoginFilter = "30d"
	LoginLongSince LoginFilter = "90d"
)

// List is a page of accounts that a search found, and the counts around it.
type List struct {
	Rows []*Account
	// Total is how many the search and the filter found; Page of Pages is what
	// Rows shows, from 1; From and To are the numbers of its first and last row.
	Total, Page, Pages, From, To int
	// Counts are for the same search and the other filters, without status and
	// health.
	Counts Counts
}

// Counts are how many accounts each status tab would show.
type Counts struct{ All, Active, Deactivated, Attention int }

// Ask is what a list is asked for.
type Ask struct {
	Query  *Query // nil for no search
	Filter Filter
	Sort   Column
	Desc   bool
	// Page is from 1; past the end it is the last one. Per is rows on a page.
	Page, Per int
	Now       time.Time
}

// List searches, filters, sorts and pages. Rows that are blank in the sorted
// column come last in both directions; equal ones are in the order of their
// emails.
func (s *Snapshot) List(ask Ask) List {
	if ask.Sort < 0 || ask.Sort >= columns {
		ask.Sort = ByEmail
	}
	var l List
	found := make([]*Account, 0, min(len(s.accounts), 1024))
	for _, a := range s.order(ask.Sort) {
		if ask.Query != nil && !ask.Query.Match(a) || !ask.Filter.matchOthers(a, ask.Now) {
			continue
		}
		l.Counts.add(a)
		if ask.Filter.matchTab(a) {
			found = append(found, a)
		}
	}
	if ask.Desc {
		reverseFilled(found, ask.Sort)
	}
	l.Total = len(found)
	l.page(found, ask.Page, max(ask.Per, 1))
	return l
}

// All gives everybody whom the query and the filter find, sorted: what an
// export holds.
func (s *Snapshot) All(ask Ask) []*Account {
	ask.Page, ask.Per = 1, max(s.Total, 1)
	return s.List(ask).Rows
}

func (l *List) page(found []*Account, page, per int) {
	l.Pages = max((len(found)+per-1)/per, 1)
	l.Page = min(max(page, 1), l.Pages)
	from := (l.Page - 1) * per
	to := min(from+per, len(found))
	l.Rows = found[from:to:to]
	if len(l.Rows) > 0 {
		l.From, l.To = from+1, to
	}
}

func (c *Counts) add(a *Account) {
	c.All++
	if a.Enabled {
		c.Active++
	} else {
		c.Deactivated++
	}
	if a.Health() == HealthError {
		c.Attention++
	}
}

func (f Filter) matchTab(a *Account) bool {
	switch f.Status {
	case Active:
		if !a.Enabled {
			return false
		}
	case Deactivated:
		if a.Enabled {
			return false
		}
	case AnyStatus:
	}
	return f.Health == HealthOK || a.Health() == f.Health
}

func (f Filter) matchOthers(a *Account, now time.Time) bool {
	if f.Trouble != "" && !a.Has(f.Trouble) || f.Domain != "" && a.Domain() != f.Domain {
		return false
	}
	switch f.Login {
	case LoginNever:
		return a.LastLogin.Never()
	case LoginUnknown:
		return !a.LastLogin.Known
	case LoginRecent:
		return a.LastLogin.At.After(now.AddDate(0, 0, -30))
	case LoginLongSince:
		return !a.LastLogin.At.IsZero() && a.LastLogin.At.Before(now.AddDate(0, 0, -90))
	case AnyLogin:
	}
	return true
}

// order gives everybody sorted by a column, blanks last. It is made once a
// snapshot, so that a page costs one walk and no sorting.
func (s *Snapshot) order(c Column) []*Account {
	o := &s.orders[c]
	o.once.Do(func() {
		if c == ByEmail {
			o.accounts = slices.Clone(s.accounts)
			slices.SortFunc(o.accounts, byEmail)
			return
		}
		o.accounts = sortStable(s.order(ByEmail), c)
	})
	return o.accounts
}

// sortStable sorts by a column and leaves equal accounts as they were. The key
// of each is made once, since folding a name at every comparison would cost more
// than the sorting.
func sortStable(accounts []*Account, c Column) []*Account {
	type keyed struct {
		*Account
		blank bool
		name  string
	}
	keys := make([]keyed, len(accounts))
	for i, a := range accounts {
		keys[i] = keyed{Account: a, blank: blank(a, c)}
		if c == ByName {
			keys[i].name = fold(a.Name())
		}
	}
	slices.SortStableFunc(keys, func(a, b keyed) int {
		if a.blank != b.blank {
			return boolInt(a.blank) - boolInt(b.blank)
		}
		return cmp.Or(strings.Compare(a.name, b.name), compare(a.Account, b.Account, c))
	})
	sorted := make([]*Account, len(keys))
	for i := range keys {
		sorted[i] = keys[i].Account
	}
	return sorted
}

// byEmail orders by folded email, then username, names and id, which is what
// the folded text holds in that order; accounts without an email come last.
func byEmail(a, b *Account) int {
	if x, y := a.Email == "", b.Email == ""; x != y {
		return boolInt(x) - boolInt(y)
	}
	return strings.Compare(a.fold, b.fold)
}

func compare(a, b *Account, c Column) int {
	switch c {
	case ByStatus:
		return boolInt(b.Enabled) - boolInt(a.Enabled)
	case ByTrouble:
		return cmp.Or(cmp.Compare(b.Health(), a.Health()), cmp.Compare(len(b.Troubles), len(a.Troubles)))
	case ByLastLogin:
		return a.LastLogin.At.Compare(b.LastLogin.At)
	case ByCreated:
		return a.Created.Compare(b.Created)
	default:
		return 0
	}
}

// blank reports whether the account has nothing in the column.
func blank(a *Account, c Column) bool {
	switch c {
	case ByEmail:
		return a.Email == ""
	case ByTrouble:
		return len(a.Troubles) == 0
	case ByLastLogin:
		return !a.LastLogin.Known
	case ByCreated:
		return a.Created.IsZero()
	default:
		return false
	}
}

// reverseFilled turns the order round, but leaves blanks at the end.
func reverseFilled(found []*Account, c Column) {
	end := len(found)
	for end > 0 && blank(found[end-1], c) {
		end--
	}
	slices.Reverse(found[:end])
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Shows reports whether the list that is asked for has the account, on some
// page.
func (ask Ask) Shows(a *Account) bool {
	return (ask.Query == nil || ask.Query.Match(a)) && ask.Filter.matchOthers(a, ask.Now) && ask.Filter.matchTab(a)
}
