package handlers

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

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

func TestInstantsInADetailAreInTheReadersZone(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*3600)
	for _, row := range []struct {
		detail string
		zone   *time.Location
		want   string
	}{
		{"Between 2026-03-04T14:02:11Z and 2026-03-04T14:03:40Z. It failed", time.UTC, "Between [4 Mar 2026, 14:02:11 UTC] and [14:03:40]. It failed"},
		{"Between 2026-03-04T14:59:59Z and 2026-03-04T15:00:01Z", tokyo, "Between [4 Mar 2026, 23:59:59 JST] and [5 Mar 2026, 00:00:01 JST]"},
		{"Between 2026-03-04 14:02:11 and 14:03:40 UTC", tokyo, "Between 2026-03-04 14:02:11 and 14:03:40 UTC"}, // as an earlier version wrote it
		{"2026-99-99T99:99:99Z", time.UTC, "2026-99-99T99:99:99Z"},
	} {
		got := ""
		for _, s := range withMoments(row.detail, row.zone) {
			if s.At.IsZero() {
				got += s.Text
			} else {
				got += "[" + s.At.Text + "]"
			}
		}
		if got != row.want {
			t.Errorf("%q: %q", row.detail, got)
		}
	}
}

// TestEveryTroubleHasWordsOfItsOwn holds the words of the templates against the kinds of the directory.
func TestEveryTroubleHasWordsOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range directory.Troubles() {
		words := templates.Problem(kind).Text()
		if words == string(kind) || seen[words] {
			t.Errorf("%s is called %q", kind, words)
		}
		seen[words] = true
	}
}
