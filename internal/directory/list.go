package directory

import (
	"time"
)

// Column is what a list is sorted by.
type Column int

// The columns.
const (
	ByEmail Column = iota
	ByName
	ByStatus
	ByIssue
	ByLastLogin
	ByCreated
	columns // how many there are
)

// Filter narrows a list beside the search itself. Zero values let all pass.
type Filter struct {
	Status   Status
	Severity Severity // only SeverityError and SeverityWarning narrow
	Issue    Issue    // "" for any
	Domain   string   // lower case, "" for any
	Login    LoginFilter
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

// ListParams is what a list is asked for.
type ListParams struct {
	Query  *Query // nil for no search
	Filter Filter
	Sort   Column
	Desc   bool
	// Page is from 1; past the end it is the last one. Per is rows on a page.
	Page, Per int
	Now       time.Time
}

// List searches, filters, sorts and pages. If the search names whole ids that
// accounts have, it finds those and nobody else. Rows that are blank in the sorted
// column come last in both directions; equal ones are in the order of their
// emails.
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

// countTabs counts those found for each tab, and for the tab that is asked for.
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

// rows returns those found and on the tab, sorted, from one number to another.
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

// All returns everybody whom the query and the filter find, sorted: what an
// export holds.
func (s *Snapshot) All(params ListParams) []*Account {
	params.Page, params.Per = 1, max(s.Total, 1)
	return s.List(params).Rows
}

// turnTo settles which rows the page has.
func (l *List) turnTo(page, per int) {
	l.Pages = max((l.Total+per-1)/per, 1)
	l.Page = min(max(page, 1), l.Pages)
	if l.Total > 0 {
		l.From, l.To = (l.Page-1)*per+1, min(l.Page*per, l.Total)
	}
}

func (c *Counts) add(t tab) {
	c.All++
	if t.active() {
		c.Active++
	} else {
		c.Deactivated++
	}
	if t.severity() == SeverityError {
		c.Attention++
	}
}

func (f Filter) matchTab(t tab) bool {
	if f.Status == Active && !t.active() || f.Status == Deactivated && t.active() {
		return false
	}
	return f.Severity == SeverityOK || t.severity() == f.Severity
}

// test is what the filter asks beside the tabs; nil for nothing.
func (f Filter) test(now time.Time) test {
	login := f.Login.test(now)
	if f.Issue == "" && f.Domain == "" && login == nil {
		return nil
	}
	return func(a *Account) bool {
		return (f.Issue == "" || a.Has(f.Issue)) && (f.Domain == "" || a.Domain() == f.Domain) && (login == nil || login(a))
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

// Shows reports whether the list that is asked for has the account, on some
// page.
func (s *Snapshot) Shows(params ListParams, a *Account) bool {
	q, others := s.known(params.Query), params.Filter.test(params.Now)
	return (q == nil || q.Match(a) || q.otherwise != nil && q.otherwise.Match(a)) && (others == nil || others(a)) && params.Filter.matchTab(tabOf(a))
}
