package directory

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wallaroo-user-admin/internal/wallaroo"
)

func TestADayBeginsAtItsFirstInstant(t *testing.T) {
	for name, row := range map[string]struct{ zone, date, want string }{
		"an ordinary day":                     {"Europe/Berlin", "2026-11-27", "2026-11-26T23:00:00Z"},
		"midnight is skipped":                 {"America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"},
		"the day before that":                 {"America/Santiago", "2026-09-05", "2026-09-05T04:00:00Z"},
		"midnight comes twice":                {"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"},
		"a date that was left out":            {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},
		"the date after it begins then":       {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
		"fourteen hours ahead":                {"Pacific/Kiritimati", "2026-01-01", "2025-12-31T10:00:00Z"},
		"clocks set back just after midnight": {"America/St_Johns", "2006-10-29", "2006-10-29T02:30:00Z"},
	} {
		zone, err := time.LoadLocation(row.zone)
		if err != nil {
			t.Fatal(err)
		}
		date, err := time.Parse(time.DateOnly, row.date)
		if err != nil {
			t.Fatal(err)
		}
		if got := startOfDay(date, zone).UTC().Format(time.RFC3339); got != row.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestASearchForADayFindsAllOfIt(t *testing.T) {
	zone, err := time.LoadLocation("America/Santiago")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 9, 10, 12, 0, 0, 0, zone)
	for at, want := range map[string]string{
		"2026-09-06T03:30:00Z": "2026-09-05", // 23:30 of the 5th
		"2026-09-06T04:00:00Z": "2026-09-06", // 01:00 of the 6th, its first instant
		"2026-09-07T02:30:00Z": "2026-09-06", // 23:30 of the 6th
		"2026-09-07T03:00:00Z": "2026-09-07",
	} {
		created, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range []string{"2026-09-05", "2026-09-06", "2026-09-07"} {
			q, err := ParseQuery("created:"+day, now)
			if err != nil {
				t.Fatal(err)
			}
			if found := q.Match(&Account{User: wallaroo.User{ID: "a", Created: created}}); found != (day == want) {
				t.Errorf("created:%s finds %s: %v", day, at, found)
			}
		}
	}
}

// Each instant is in exactly one day, in every zone of the tz database.
func TestEachInstantIsInExactlyOneDay(t *testing.T) {
	zones := allZones(t)
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		at := time.Unix(rapid.Int64Range(-2_000_000_000, 4_000_000_000).Draw(t, "at"), 0)
		if rapid.Bool().Draw(t, "near a transition") {
			if start, _ := at.In(zone).ZoneBounds(); !start.IsZero() {
				at = start.Add(time.Duration(rapid.Int64Range(-90_000, 90_000).Draw(t, "off")) * time.Second)
			}
		}
		in := 0
		utc := at.UTC()
		for offset := -3; offset <= 3; offset++ {
			date := time.Date(utc.Year(), utc.Month(), utc.Day()+offset, 0, 0, 0, 0, time.UTC)
			from, to := startOfDay(date, zone), startOfDay(date.AddDate(0, 0, 1), zone)
			if to.Before(from) {
				t.Fatalf("%s in %s ends before it begins", date.Format(time.DateOnly), zone)
			}
			if !at.Before(from) && at.Before(to) {
				in++
			}
		}
		if in != 1 {
			t.Fatalf("%s in %s is in %d days", at.UTC(), zone, in)
		}
	})
}

// allZones returns the zones of the machine's tz database; without one, those with the most unusual days.
func allZones(t *testing.T) []*time.Location {
	t.Helper()
	const root = "/usr/share/zoneinfo"
	names := []string{"UTC", "Europe/Berlin", "America/Santiago", "America/Havana", "Pacific/Apia", "Pacific/Kiritimati", "America/St_Johns", "Asia/Kathmandu", "Africa/Monrovia"}
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(path, root+"/right") {
			names = append(names, strings.TrimPrefix(path, root+"/"))
		}
		return nil //nolint:nilerr // what can't be read is left out
	})
	var zones []*time.Location
	for _, name := range names {
		if zone, err := time.LoadLocation(name); err == nil { // other files are there, too
			zones = append(zones, zone)
		}
	}
	return zones
}
