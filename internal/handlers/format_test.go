package handlers

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/web/templates"
)

func TestTheReadersZone(t *testing.T) {
	for cookie, want := range map[string]string{
		"Asia%2FTokyo": "Asia/Tokyo", "Europe/Berlin": "Europe/Berlin", "UTC": "UTC", "": "UTC", "Local": "UTC",
		"..%2F..%2Fetc%2Fpasswd": "UTC", "%zz": "UTC", "Nowhere/Atall": "UTC", "Europe/./Berlin": "UTC",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header.Set("Cookie", "wallaroo-tz="+cookie)
		if got := new(zones).of(r).String(); got != want {
			t.Errorf("%q: got %s, want %s", cookie, got, want)
		}
	}
}

func TestMomentsKeepTheExactValue(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 20, 20, 40, 5, 0, time.UTC)
	want := templates.Time{ISO: "2026-11-20T20:40:05Z", Text: "21 Nov 2026, 05:40 JST", Style: templates.DayTime}
	if got := moment(at, tokyo, templates.DayTime); got != want {
		t.Errorf("got %+v", got)
	}
	if got := moment(time.Time{}, tokyo, templates.Day); !got.IsZero() {
		t.Errorf("no time became %+v", got)
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Ada Administrator": "AA", "jo": "J", "jo.doe@example.com": "J", "": "?", "<script>": "S", "李 小龍": "李小", "Jean-Luc Picard": "JP", "…": "?",
	} {
		if got := initials(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 12 * time.Second: "12 s", 61 * time.Second: "1 minute", 9 * time.Minute: "9 minutes",
		90 * time.Minute: "1 hour", 47 * time.Hour: "47 hours", 72 * time.Hour: "3 days",
	} {
		if got := distance(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestWhatTheLogSaysOfAChangeByOthers(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*3600)
	since, until := time.Date(2026, 3, 4, 14, 2, 11, 900e6, time.UTC), time.Date(2026, 3, 4, 14, 3, 39, 1e6, time.UTC)
	seen := audit.Observation{Since: since, Until: until, Accounts: 1}
	night := audit.Observation{Since: time.Date(2026, 3, 4, 23, 59, 0, 0, time.UTC), Until: time.Date(2026, 3, 4, 23, 59, 59, 1e6, time.UTC), Accounts: 1}
	const times = "Between [4 Mar 2026, 14:02:11 UTC] and [14:03:40]"
	for _, row := range []struct {
		name  string
		event audit.Event
		zone  *time.Location
		want  string
	}{
		{"one account", audit.Event{Action: audit.OutsideAppeared, Observed: seen}, time.UTC, times},
		{"another address", audit.Event{Action: audit.OutsideEmail, Old: "a@example.com", New: "b@example.com", Observed: seen}, time.UTC, times + ", from a@example.com to b@example.com"},
		{"a first address", audit.Event{Action: audit.OutsideEmail, New: "b@example.com", Observed: seen}, time.UTC, times + ", from none to b@example.com"},
		{"no address any more", audit.Event{Action: audit.OutsideEmail, Old: "a@example.com", Observed: seen}, time.UTC, times + ", from a@example.com to none"},
		{
			"an address that looks the same",
			audit.Event{Action: audit.OutsideEmail, Old: "ada@example.com", New: "\u0430da@example.com ", Observed: seen},
			time.UTC,
			times + ", from ada@example.com to \u0430da@example.com . In the new one: Cyrillic \u0430 (U+0430), space (U+0020) at the end",
		},
		{
			"and back",
			audit.Event{Action: audit.OutsideEmail, Old: "ad\u200ba@example.com", New: "ada@example.com", Observed: seen},
			time.UTC,
			times + ", from ad\u200ba@example.com to ada@example.com. In the old one: zero width space (U+200B)",
		},
		{"with a detail", audit.Event{Action: audit.OutsideDeactivated, Detail: "It failed", Observed: seen}, time.UTC, times + ". It failed"},
		{"many", audit.Event{Action: audit.OutsideVanished, Observed: audit.Observation{Since: since, Until: until, Accounts: 1234}}, time.UTC, "1234 accounts at once, too many to tell one by one. " + times},
		{"many addresses", audit.Event{Action: audit.OutsideEmail, Observed: audit.Observation{Since: since, Until: until, Accounts: 201}}, time.UTC, "201 accounts at once, too many to tell one by one. " + times},
		{"over midnight", audit.Event{Action: audit.OutsideAppeared, Observed: night}, time.UTC, "Between [4 Mar 2026, 23:59:00 UTC] and [5 Mar 2026, 00:00:00 UTC]"},
		{"on one of the reader's days", audit.Event{Action: audit.OutsideAppeared, Observed: night}, tokyo, "Between [5 Mar 2026, 08:59:00 JST] and [09:00:00]"},
		{"as an early version wrote it", audit.Event{Action: audit.OutsideAppeared, Detail: "Between 2026-03-04 14:02:11 and 14:03:40 UTC"}, tokyo, "Between 2026-03-04 14:02:11 and 14:03:40 UTC"},
		{"a sign-in", audit.Event{Action: audit.SignIn, Detail: "Between 2026-03-04T14:02:11Z and 2026-03-04T14:03:40Z"}, tokyo, "Between 2026-03-04T14:02:11Z and 2026-03-04T14:03:40Z"},
		{"nothing", audit.Event{Action: audit.SignIn}, time.UTC, ""},
	} {
		row.event.Outcome = audit.Done
		got := ""
		for _, s := range about(row.event, row.zone) {
			if s.At.IsZero() {
				got += s.Text
			} else {
				got += "[" + s.At.Text + "]"
			}
		}
		if got != row.want {
			t.Errorf("%s: %q", row.name, got)
		}
	}
}

// TestEveryIssueHasWordsOfItsOwn compares the texts of the templates with the issues of the directory.
func TestEveryIssueHasWordsOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range directory.Issues() {
		words := templates.Issue(kind).Text()
		if words == string(kind) || seen[words] {
			t.Errorf("%s is called %q", kind, words)
		}
		seen[words] = true
	}
}
