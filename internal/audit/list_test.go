package audit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/audit"
)

// seed writes six events a minute apart and returns the time of the first.
func seed(f *fixture) time.Time {
	f.t.Helper()
	begin := f.now()
	eve := audit.Person{Issuer: "i", Subject: "adm-2", Name: "Ève Öz", Email: "eve@example.com"}
	for _, e := range []audit.Event{
		{Actor: admin(), Action: audit.SignIn, Detail: "1"},
		{Actor: admin(), Action: audit.Invite, Target: audit.Target{Email: "Old@Example.com"}, Outcome: audit.Refused, Detail: "2 no seat is free"},
		{Actor: eve, Action: audit.Invite, Target: audit.Target{ID: "u-old", Email: "old@example.com", Name: "José Søren O’Brien"}, Detail: "3"},
		{Actor: eve, Action: audit.Deactivate, Target: audit.Target{ID: "u-new", Email: "old@example.com", Name: "100% _x_"}, Outcome: audit.Unknown, Detail: "4"},
		{Actor: eve, Action: audit.Export, Detail: "5"},
		{Action: audit.OutsideVanished, Target: audit.Target{ID: "u-old", Email: "old@example.com"}, Detail: "6"},
	} {
		if _, err := f.Record(f.t.Context(), e); err != nil {
			f.t.Fatal(err)
		}
		f.advance(time.Minute)
	}
	return begin
}

// numbers returns the first character of each event's detail.
func numbers(events []audit.Event) string {
	var out strings.Builder
	for _, e := range events {
		out.WriteString(e.Detail[:1])
	}
	return out.String()
}

func TestListFindsWhatIsAskedFor(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		begin := seed(f)
		for _, test := range []struct {
			name   string
			filter audit.Filter
			want   string
		}{
			{"all, the newest first", audit.Filter{}, "654321"},
			{"a word in any case", audit.Filter{Query: "SEAT"}, "2"},
			{"without its accents", audit.Filter{Query: "jose"}, "3"},
			{"without letters that few have on their keyboard", audit.Filter{Query: "soren"}, "3"},
			{"with another apostrophe", audit.Filter{Query: "o'brien"}, "3"},
			{"with what can't be seen", audit.Filter{Query: "so\u00adren o\u200b’brien"}, "3"},
			{"with accents that are not there", audit.Filter{Query: "éVe"}, "543"},
			{"several words have to match", audit.Filter{Query: "old@ deactivate"}, "4"},
			{"a per cent sign is no wildcard", audit.Filter{Query: "100%"}, "4"},
			{"nor is an underscore", audit.Filter{Query: "_x_"}, "4"},
			{"nor anything else", audit.Filter{Query: `%' OR 1=1 --`}, ""},
			{"nor a backslash", audit.Filter{Query: `\`}, ""},
			{"an action", audit.Filter{Action: audit.Invite}, "32"},
			{"an outcome", audit.Filter{Outcome: audit.Refused}, "2"},
			{"what is open", audit.Filter{Outcome: audit.Unknown}, "4"},
			{"an account by id", audit.Filter{TargetID: "u-old"}, "63"},
			{"an account by address, any case", audit.Filter{TargetEmail: "OLD@example.com"}, "6432"},
			{"an account by both: not the other owner of its address", audit.Filter{TargetID: "u-new", TargetEmail: "old@example.com"}, "42"},
			{"an actor by subject", audit.Filter{Actor: "adm-2"}, "543"},
			{"an actor by address, any case", audit.Filter{Actor: "ADA@EXAMPLE.com"}, "21"},
			{"a time, its end left out", audit.Filter{From: begin.Add(time.Minute), To: begin.Add(3 * time.Minute)}, "32"},
			{"all at once", audit.Filter{Query: "eve", Action: audit.Deactivate, Outcome: audit.Unknown, TargetID: "u-new", Actor: "adm-2", From: begin}, "4"},
			{"an outcome that is none", audit.Filter{Outcome: "%s"}, ""},
			{"a hundred words", audit.Filter{Query: strings.Repeat("eve ", 1000)}, "543"},
		} {
			page, err := f.List(t.Context(), test.filter)
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
				continue
			}
			if got := numbers(page.Events); got != test.want || page.Total != len(test.want) {
				t.Errorf("%s: found %q of %d, want %q", test.name, got, page.Total, test.want)
			}
			var each []audit.Event
			if err := f.Each(t.Context(), test.filter, func(e audit.Event) error { each = append(each, e); return nil }); err != nil || !slices.Equal(each, page.Events) {
				t.Errorf("%s: Each finds %q, %v", test.name, numbers(each), err)
			}
		}
	})
}

func TestPages(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		seed(f)
		for _, test := range []struct {
			name                string
			page, per           int
			want                string
			isPage, pages, per2 int
		}{
			{"the first", 1, 4, "6543", 1, 2, 4},
			{"the second", 2, 4, "21", 2, 2, 4},
			{"past the end is the last", 99, 4, "21", 2, 2, 4},
			{"before the first is the first", -7, 4, "6543", 1, 2, 4},
			{"no size is the usual one", 0, 0, "654321", 1, 1, 50},
			{"a huge size is bounded", 1, 999_999, "654321", 1, 1, 1000},
		} {
			page, err := f.List(t.Context(), audit.Filter{Page: test.page, Per: test.per})
			if err != nil {
				t.Fatal(err)
			}
			if got := numbers(page.Events); got != test.want || page.Page != test.isPage || page.Pages != test.pages || page.Per != test.per2 || page.Total != 6 {
				t.Errorf("%s: %q, page %d of %d by %d, total %d", test.name, got, page.Page, page.Pages, page.Per, page.Total)
			}
		}
		page, err := f.List(t.Context(), audit.Filter{Query: "nobody at all"})
		if err != nil || page.Total != 0 || page.Page != 1 || page.Pages != 1 {
			t.Errorf("nothing found: %+v, %v", page, err)
		}
	})
}

func TestEachReadsEverythingOnceAndStopsWhenTold(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		const many = 1203 // more than two batches, all at one time
		for i := range many {
			if _, err := f.Record(t.Context(), audit.Event{Action: audit.Export, Detail: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		err := f.Each(t.Context(), audit.Filter{}, func(e audit.Event) error {
			got = append(got, e.Detail)
			// The connection is free while an event is worked on.
			if len(got) == 1 {
				_, err := f.List(t.Context(), audit.Filter{Per: 1})
				return err
			}
			return nil
		})
		if err != nil || len(got) != many {
			t.Fatalf("%d events, %v", len(got), err)
		}
		slices.Sort(got)
		if unique := slices.Compact(got); len(unique) != many {
			t.Errorf("%d different events", len(unique))
		}
		stop := errors.New("enough")
		n := 0
		if err := f.Each(t.Context(), audit.Filter{}, func(audit.Event) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
			t.Errorf("after %d: %v", n, err)
		}
	})
}

func TestTheLongestSubjectIsKeptWhole(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		one := invitation()
		one.Actor.Subject = strings.Repeat("u", 255)
		other := one
		other.Actor.Subject = one.Actor.Subject[:254] + "v"
		f.intent(one)
		f.intent(other)
		page, err := f.List(t.Context(), audit.Filter{Actor: one.Actor.Subject})
		if err != nil || len(page.Events) != 1 || page.Events[0].Actor.Subject != one.Actor.Subject {
			t.Errorf("%+v, %v", page.Events, err)
		}
	})
}

func TestPruneDeletesWhatIsOldEnough(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		begin := seed(f)
		if n, err := f.Prune(t.Context(), begin.Add(2*time.Minute)); n != 2 || err != nil {
			t.Errorf("pruned %d, %v", n, err)
		}
		page, err := f.List(t.Context(), audit.Filter{})
		if err != nil || numbers(page.Events) != "6543" {
			t.Errorf("left %q, %v", numbers(page.Events), err)
		}
	})
}
