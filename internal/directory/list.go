package directory

import (
	"time"

	"wallaroo-user-admin/internal/emails"
)

// Column is a column that a list can be sorted by.
type Column int

// The values of Column.
const (
	ByEmail Column = iota
	ByName
	ByStatus
	ByIssue
	ByLastLogin
	ByCreated
	columns // the number of columns
)

// Filter restricts a list in addition to the query. Zero values match all
// accounts.
type Filter struct {
	Status   Status
	Severity Severity // SeverityError or SeverityWarning; others match all
	Issue    Issue    // "" for any
	Domain   string   // lower case, "" for any
	Login    LoginFilter
}

// Status is what an account is, or what a filter selects.
type Status string

// The values of Status. Each account has exactly one of them but AnyStatus.
const (
	AnyStatus     Status = ""
	Active        Status = "active"
	Deactivated   Status = "inactive"
	StatusUnknown Status = "unknown"
)

// LoginFilter is a range of the last sign-in.
type LoginFilter string

// The values of LoginFilter.
const (
	AnyLogin       LoginFilter = ""
	LoginNever     LoginFilter = "never"
	LoginUnknown   LoginFilter = "unknown"
	LoginRecent    LoginFilter = "30d"
	LoginLongSince LoginFilter = "90d"
)

// List is one page of matching accounts with its counts.
type List struct {
	Rows []*Account
	// Total is the number of matches; Page (from 1) of Pages is the page in Rows;
	// From and To are the numbers of its first and last row.
	Total, Page, Pages, From, To int
	// Counts are for the same query and the filters other than status and
	// severity.
	Counts Counts
}

// Counts are the numbers of accounts on each status tab.
type Counts struct{ All, Active, Deactivated, Unknown, Attention int }

// ListParams are the query, filter, order and page of a list.
type ListParams struct {
	Query  *Query // nil for no search
	Filter Filter
	Sort   Column
	Desc   bool
	// Page counts from 1; beyond the end it means the last page. Per is the
	// page size.
	Page, Per int
	Now       time.Time
}

// List searches, filters, sorts and pages. If the query contains complete ids
// of existing accounts, it matches exactly those. Rows without a value in the
// sorted column come last in both directions; ties are ordered by email.
func (s *Snapshot) List(params ListParams) List {
	if params.Sort < 0 || params.Sort >= columns {
		params.Sort = ByEmail
	}
	var l List
	params.Query = s.known(params.Query)
	found := s.find(params)
	if params.Query != nil && params.Query.otherwise != nil && found.empty() {
		params.Query = params.Query.otherwise
		found = s.find(params)
	}
	l.Counts, l.Total = s.countTabs(found, params.Filter)
	l.turnTo(params.Page, max(params.Per, 1))
	l.Rows = s.rows(found, params, l.From, l.To)
	return l
}

// countTabs returns the number of matches on each tab, and in total on the
// selected one.
func (s *Snapshot) countTabs(found set, f Filter) (counts Counts, total int) {
	if found == nil && f.Status == AnyStatus && f.Severity == SeverityOK {
		return s.counts, s.counts.All
	}
	for i, t := range s.tabs {
		if found != nil && !found.has(i) {
			continue
		}
		counts.add(t)
		if f.matchTab(t) {
			total++
		}
	}
	return counts, total
}

// rows returns matches number from to number to (from 1, inclusive) on the
// selected tab, sorted; none if to is 0.
func (s *Snapshot) rows(found set, params ListParams, from, to int) []*Account {
	if to == 0 {
		return nil
	}
	rows := make([]*Account, 0, to-from+1)
	nth := 0
	for i := range s.sorted(params.Sort, params.Desc) {
		if found != nil && !found.has(i) || !params.Filter.matchTab(s.tabs[i]) {
			continue
		}
		if nth++; nth >= from {
			rows = append(rows, s.accounts[i])
		}
		if nth == to {
			break
		}
	}
	return rows
}

// All returns all accounts that match the query and the filter, sorted, for an
// export.
func (s *Snapshot) All(params ListParams) []*Account {
	params.Page, params.Per = 1, max(s.Total, 1)
	return s.List(params).Rows
}

// turnTo sets the page and its row numbers.
func (l *List) turnTo(page, per int) {
	l.Pages = max((l.Total+per-1)/per, 1)
	l.Page = min(max(page, 1), l.Pages)
	if l.Total > 0 {
		l.From, l.To = (l.Page-1)*per+1, min(l.Page*per, l.Total)
	}
}

func (c *Counts) add(t tab) {
	c.All++
	switch t.status() {
	case Active:
		c.Active++
	case Deactivated:
		c.Deactivated++
	default:
		c.Unknown++
	}
	if t.severity() == SeverityError {
		c.Attention++
	}
}

func (f Filter) matchTab(t tab) bool {
	return (f.Status == AnyStatus || t.status() == f.Status) && (f.Severity == SeverityOK || t.severity() == f.Severity)
}

// test returns the test of the filters besides the tabs; nil if there are none.
func (f Filter) test(now time.Time) test {
	login := f.Login.test(now)
	if f.Issue == "" && f.Domain == "" && login == nil {
		return nil
	}
	domain := emails.Domain("@" + f.Domain)
	return func(a *Account) bool {
		return (f.Issue == "" || a.Has(f.Issue)) && (domain == "" || a.Domain() == domain) && (login == nil || login(a))
	}
}

func (f LoginFilter) test(now time.Time) test {
	month, quarter := now.Add(-30*24*time.Hour), now.Add(-90*24*time.Hour)
	switch f {
	case LoginNever:
		return func(a *Account) bool { return a.LastLogin.Never() }
	case LoginUnknown:
		return func(a *Account) bool { return !a.LastLogin.Known }
	case LoginRecent:
		return func(a *Account) bool { return a.LastLogin.At.After(month) }
	case LoginLongSince:
		return func(a *Account) bool { return !a.LastLogin.At.IsZero() && a.LastLogin.At.Before(quarter) }
	default:
		return nil
	}
}

// Shows reports whether the list contains the account, on any page.
func (s *Snapshot) Shows(params ListParams, a *Account) bool {
	q, others := s.known(params.Query), params.Filter.test(params.Now)
	return (q == nil || q.Match(a) || q.otherwise != nil && q.otherwise.Match(a)) && (others == nil || others(a)) && params.Filter.matchTab(tabOf(a))
}
