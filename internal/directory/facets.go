package directory

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Facets are the numbers of accounts, out of all, that match each filter value.
// Spans of time since the last sign-in are relative to Snapshot.ReadAt.
type Facets struct {
	Issues  map[Issue]int
	Logins  map[LoginFilter]int
	Domains map[string]int
	// byCount are the domains by descending number of accounts.
	byCount []string
}

// Facets returns the counts, computed at the first call.
func (s *Snapshot) Facets() *Facets {
	s.facetsOnce.Do(func() { s.facets = countFacets(s) })
	return s.facets
}

// TopDomains returns the at most n email domains with the most accounts, in
// descending order.
func (f *Facets) TopDomains(n int) []string { return f.byCount[:min(n, len(f.byCount))] }

func countFacets(s *Snapshot) *Facets {
	f := &Facets{Issues: make(map[Issue]int), Logins: make(map[LoginFilter]int), Domains: make(map[string]int)}
	logins := make(map[LoginFilter]test)
	for _, l := range []LoginFilter{LoginNever, LoginUnknown, LoginRecent, LoginLongSince} {
		logins[l] = l.test(s.ReadAt)
	}
	for _, a := range s.accounts {
		for _, t := range a.Issues {
			f.Issues[t]++
		}
		for l, fits := range logins {
			if fits(a) {
				f.Logins[l]++
			}
		}
		if d := a.Domain(); d != "" {
			f.Domains[d]++
		}
	}
	f.byCount = slices.SortedFunc(maps.Keys(f.Domains), func(a, b string) int {
		return cmp.Or(cmp.Compare(f.Domains[b], f.Domains[a]), strings.Compare(a, b))
	})
	return f
}
