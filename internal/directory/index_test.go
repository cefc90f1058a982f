package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

// A list matches all accounts' texts at once, Match one account: both must agree on every search and filter.
func TestAListHasExactlyThoseWhomTheSearchMatches(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		// Few letters, and digits as in the ids at the end of each text, so that words run over the end of one into the next.
		word := rapid.StringOfN(rapid.RuneFrom([]rune("a1ß.@")), 0, 4, -1)
		users := make([]wallaroo.User, rapid.IntRange(0, 150).Draw(rt, "users"))
		for i := range users {
			users[i] = wallaroo.User{
				ID: fmt.Sprint(i), Email: word.Draw(rt, "email"), Username: word.Draw(rt, "username"), FirstName: word.Draw(rt, "name"),
				Enabled: rapid.SampledFrom([]wallaroo.Bool{wallaroo.Unknown, wallaroo.False, wallaroo.True}).Draw(rt, "enabled"), EmailVerified: rapid.SampledFrom([]wallaroo.Bool{wallaroo.Unknown, wallaroo.False, wallaroo.True}).Draw(rt, "verified"),
			}
		}
		text := word.Draw(rt, "first") + " " + rapid.SampledFrom([]string{"", "status:active", "status:unknown", "health:error", `"1 a"`}).Draw(rt, "second")
		query, err := directory.ParseQuery(text, now)
		if err != nil {
			rt.Skip(text)
		}
		ask := directory.ListParams{Query: query, Sort: directory.Column(rapid.IntRange(0, 5).Draw(rt, "sort")), Desc: rapid.Bool().Draw(rt, "desc"), Now: now}
		ask.Filter.Status = rapid.SampledFrom([]directory.Status{directory.AnyStatus, directory.Active, directory.Deactivated, directory.StatusUnknown}).Draw(rt, "tab")
		s := snapshot(t, users)
		var want, got []string
		for _, u := range users {
			if a, _ := s.ByID(u.ID); s.Shows(ask, a) {
				want = append(want, u.ID)
			}
		}
		for _, a := range s.All(ask) {
			got = append(got, a.ID)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			rt.Errorf("%q finds %v, not %v", text, got, want)
		}
	})
}

// Every account has exactly one status, and the counts, the filter and the search agree on it.
func TestEveryAccountIsInExactlyOneStatusFilter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		answers := rapid.SliceOfN(rapid.SampledFrom([]wallaroo.Bool{wallaroo.Unknown, wallaroo.False, wallaroo.True}), 0, 70).Draw(rt, "answers")
		users := make([]wallaroo.User, len(answers))
		for i, enabled := range answers {
			users[i] = wallaroo.User{ID: fmt.Sprint(i), Enabled: enabled}
		}
		s := snapshot(t, users)
		counts := s.List(directory.ListParams{Now: now}).Counts
		found := map[string]int{}
		for status, count := range map[directory.Status]int{
			directory.Active: counts.Active, directory.Deactivated: counts.Deactivated, directory.StatusUnknown: counts.Unknown,
		} {
			filtered := s.All(directory.ListParams{Filter: directory.Filter{Status: status}, Now: now})
			query, err := directory.ParseQuery("status:"+string(status), now)
			if err != nil {
				rt.Fatal(err)
			}
			if searched := s.All(directory.ListParams{Query: query, Now: now}); !slices.Equal(filtered, searched) || len(filtered) != count {
				rt.Errorf("%s: %d are counted, the filter has %d and the search %d", status, count, len(filtered), len(searched))
			}
			for _, a := range filtered {
				found[a.ID]++
				if a.Status() != status {
					rt.Errorf("%+v is among %s", a, status)
				}
			}
		}
		if len(found) != len(users) || counts.Active+counts.Deactivated+counts.Unknown != counts.All || s.Total != len(users) {
			rt.Errorf("%d of %d are found, counted as %+v", len(found), len(users), counts)
		}
		for id, times := range found {
			if times != 1 {
				rt.Errorf("%s is found %d times", id, times)
			}
		}
	})
}

// Each page has the rows that follow those of the page before, in both directions, and together the pages have
// everybody once.
func TestPagesAreSlicesOfOneOrder(t *testing.T) {
	s := snapshot(t, people())
	for column := directory.ByEmail; column <= directory.ByCreated; column++ {
		for _, desc := range []bool{false, true} {
			ask := directory.ListParams{Sort: column, Desc: desc, Now: now}
			all := names(directory.List{Rows: s.All(ask)})
			var paged []string
			for page := 1; page <= 3; page++ {
				ask.Page, ask.Per = page, 2
				paged = append(paged, names(s.List(ask)))
			}
			if got := strings.Join(paged, " "); got != all {
				t.Errorf("column %d, downwards %v: pages show %q, all is %q", column, desc, got, all)
			}
		}
	}
}
