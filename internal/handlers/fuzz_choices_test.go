package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/audit"
)

// post sends a form's body to a handler, as the administrator.
func (s *site) post(t *testing.T, h handler, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.withMethods(s.signedIn(h)).ServeHTTP(w, r)
	return w
}

// checkRedirect checks that a form is answered with a redirect to a page of ours or with an error page for bad input,
// never with a server error.
func checkRedirect(t *testing.T, w *httptest.ResponseRecorder, body string) {
	t.Helper()
	switch to := w.Header().Get("Location"); w.Code {
	case http.StatusSeeOther:
		u, err := url.Parse(to)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
			t.Errorf("%q leads to %q", body, to)
		}
	case http.StatusBadRequest:
		if _, err := url.ParseQuery(body); err == nil {
			t.Errorf("%q is refused as no form", body)
		}
	case http.StatusRequestEntityTooLarge:
		if len(body) <= maxBody {
			t.Errorf("%d bytes are too many", len(body))
		}
	default:
		t.Errorf("%q: %d", body, w.Code)
	}
}

// FuzzPreferences: whatever the form has, cookies hold only the allowed choices.
func FuzzPreferences(f *testing.F) {
	for _, body := range []string{
		"theme=dark&shortcuts=off&return=%2Fusers", "theme=dark&theme=light", "theme=DARK", "theme=dark%3B+Path%3D%2F", "theme=dark%0d%0aSet-Cookie%3A+x%3Dy", "shortcuts=on&shortcuts=off", "shortcuts=",
		"shortcuts=%00", "return=%2F%2Fevil.example", "return=https://evil.example", "%zz", "theme=dark;shortcuts=on", "", "theme[]=dark", "theme=dark&" + strings.Repeat("x", maxBody), "tz=x&per=5&notice=MINE",
	} {
		f.Add(body)
	}
	s, _ := signedInSite(f)
	values := map[string][]string{"theme": {"system", "light", "dark"}, "shortcuts": {"on", "off"}}
	f.Fuzz(func(t *testing.T, body string) {
		w := s.post(t, s.savePreferences, "/preferences", body)
		checkRedirect(t, w, body)
		form, err := url.ParseQuery(body)
		kept := map[string]string{}
		for _, c := range w.Result().Cookies() {
			c.Name = strings.TrimPrefix(c.Name, s.Cookies.Name(""))
			if _, again := kept[c.Name]; again || !slices.Contains(values[c.Name], c.Value) || c.Domain != "" || c.SameSite != http.SameSiteLaxMode || c.MaxAge <= 0 {
				t.Errorf("%q leaves the cookie %s", body, c.Raw)
			}
			kept[c.Name] = c.Value
		}
		if len(kept) != len(w.Result().Header["Set-Cookie"]) || w.Code != http.StatusSeeOther && len(kept) > 0 {
			t.Errorf("%q: %d leaves %q", body, w.Code, w.Result().Header["Set-Cookie"])
		}
		if w.Code != http.StatusSeeOther || err != nil {
			return
		}
		// The first of several counts, as a browser sends but one; of the checkbox with its hidden twin, "on" does.
		if want := form.Get("theme"); slices.Contains(values["theme"], want) && kept["theme"] != want || kept["theme"] != "" && kept["theme"] != want {
			t.Errorf("%q keeps the theme %q", body, kept["theme"])
		}
		if want := slices.Contains(form["shortcuts"], "on"); form.Has("shortcuts") != (kept["shortcuts"] != "") || want != (kept["shortcuts"] == "on") {
			t.Errorf("%q keeps the shortcuts %q", body, kept["shortcuts"])
		}
	})
}

// fewSessions are the administrator's, and one of somebody else.
type fewSessions struct {
	Sessions
	asked []string // subject, current and ref of each call
}

func (f *fewSessions) End(_ context.Context, subject, current, ref string) (int, error) {
	f.asked = append(f.asked, subject, current, ref)
	switch ref {
	case "":
		return 2, nil
	case "mine":
		return 1, nil
	case "broken":
		return 0, errors.New("the database is away")
	}
	return 0, nil
}

// FuzzEndSessions: whatever the form has, the store is called once, for the administrator of the request only, and
// what ended is written to the audit log once.
func FuzzEndSessions(f *testing.F) {
	for _, body := range []string{
		"session=mine", "session=", "", "session=theirs", "session=mine&session=theirs", "subject=u-other&session=mine", "current=x", "session=mine%00", "session=%ff", "%zz", "session=mine;x=y", "session=broken",
		"session=' OR 1=1 --", "session[]=mine", "session=" + strings.Repeat("a", maxBody),
	} {
		f.Add(body)
	}
	s, _ := signedInSite(f)
	store := &fewSessions{}
	s.Sessions = store
	f.Fuzz(func(t *testing.T, body string) {
		store.asked = nil
		before := endings(t, s)
		w := s.post(t, s.endSessions, "/sessions/end", body)
		form, err := url.ParseQuery(body)
		ref := form.Get("session")
		if ref != "broken" || w.Code != http.StatusServiceUnavailable {
			checkRedirect(t, w, body)
		}
		if w.Code == http.StatusBadRequest || w.Code == http.StatusRequestEntityTooLarge {
			if len(store.asked) != 0 {
				t.Errorf("%q is refused, and ends %q", body, store.asked)
			}
			return
		}
		if err != nil || !slices.Equal(store.asked, []string{testSubject, "s", ref}) {
			t.Errorf("%q ends %q", body, store.asked)
		}
		if told := endings(t, s) - before; told != map[string]int{"": 1, "mine": 1}[ref] {
			t.Errorf("%q is told %d times", body, told)
		}
	})
}

// endings counts the audit events of ended sessions.
func endings(t *testing.T, s *site) int {
	t.Helper()
	page, err := s.Audit.List(t.Context(), audit.Filter{Action: audit.EndSessions, Per: 1})
	if err != nil {
		t.Fatal(err)
	}
	return page.Total
}

// FuzzObserved: a change by others is shown with its values unaltered, and with two times in the reader's zone that
// enclose it, at most a second off.
func FuzzObserved(f *testing.F) {
	for zone := range uint8(4) {
		f.Add(int64(1_772_355_600_000), int64(1_772_355_900_001), "a@example.com", "", "It failed", 1, zone)
		f.Add(int64(1_792_890_000_000), int64(1_792_893_600_000), "none", "<b>", "", 201, zone) // a clock goes back in between
		f.Add(int64(-1), int64(253_402_300_799_999), "\xff", "\u0662", "Between 2026-03-01T09:00:00Z", -1, zone)
	}
	zones := make([]*time.Location, 0, 4)
	for _, name := range []string{"UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati"} {
		z, err := time.LoadLocation(name)
		if err != nil {
			f.Fatal(err)
		}
		zones = append(zones, z)
	}
	f.Fuzz(func(t *testing.T, since, until int64, before, after, detail string, accounts int, zone uint8) {
		z, e := zones[int(zone)%len(zones)], audit.Event{Action: audit.OutsideEmail, Outcome: audit.Done, Old: before, New: after, Detail: detail}
		const clocks = 1<<47 - 1 // some thousand years
		e.Observed = audit.Observation{Since: time.UnixMilli(since & clocks), Until: time.UnixMilli(until & clocks), Accounts: accounts}
		var told []time.Time
		var text strings.Builder
		for _, span := range about(e, z) {
			text.WriteString(span.Text)
			if span.At.ISO == "" {
				continue
			}
			at, err := time.Parse(time.RFC3339, span.At.ISO)
			if err != nil || !strings.Contains(span.At.Text, at.In(z).Format("15:04:05")) {
				t.Errorf("%v is told as %+v: %v", at, span.At, err)
			}
			told = append(told, at)
		}
		if len(told) != 2 {
			t.Fatalf("%+v is told with %d moments", e.Observed, len(told))
		}
		if early, late := e.Observed.Since.Sub(told[0]), told[1].Sub(e.Observed.Until); early < 0 || early >= time.Second || late < 0 || late >= time.Second {
			t.Errorf("%+v is told as %v", e.Observed, told)
		}
		if addresses := strings.Contains(text.String(), ", from "+firstOf(before, "none")+" to "+firstOf(after, "none")); accounts <= 1 && !addresses || !strings.Contains(text.String(), detail) {
			t.Errorf("%+v is told as %q", e, text.String())
		}
	})
}
