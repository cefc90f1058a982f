package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/web/templates"
)

func TestANoticeTellsOnlyOfOnesOwnChangesOfStatus(t *testing.T) {
	s, _ := signedInSite(t)
	for name, row := range map[string]struct {
		event audit.Event
		want  string
	}{
		"one's own":                  {audit.Event{Actor: audit.Person{Issuer: testIssuer, Subject: testSubject}, Action: audit.Activate}, "Activated"},
		"another's":                  {audit.Event{Actor: audit.Person{Issuer: testIssuer, Subject: "other"}, Action: audit.Activate}, ""},
		"a namesake's elsewhere":     {audit.Event{Actor: audit.Person{Issuer: "https://other.example.com", Subject: testSubject}, Action: audit.Activate}, ""},
		"a sign-in":                  {audit.Event{Actor: audit.Person{Issuer: testIssuer, Subject: testSubject}, Action: audit.SignIn}, ""},
		"an invitation":              {audit.Event{Actor: audit.Person{Issuer: testIssuer, Subject: testSubject}, Action: audit.Invite}, ""},
		"what was done from outside": {audit.Event{Action: audit.OutsideActivated}, ""},
	} {
		if got := s.noticeOf(t, row.event); got != row.want {
			t.Errorf("%s: the notice is %q", name, got)
		}
	}
}

// The log cuts a subject that is longer than it stores.
func TestANoticeTellsWhoseSubjectIsLongToo(t *testing.T) {
	s, _ := signedInSite(t)
	for _, subject := range []string{strings.Repeat("s", 127), strings.Repeat("s", 128), strings.Repeat("s", 129), strings.Repeat("s", 255)} {
		s.everybodyIs(t, subject)
		if got := s.noticeOf(t, audit.Event{Actor: audit.Person{Issuer: testIssuer, Subject: subject}, Action: audit.Activate}); got != "Activated" {
			t.Errorf("of %d characters: the notice is %q", len(subject), got)
		}
	}
}

// noticeOf writes an event, and returns the notice on the next page.
func (s *site) noticeOf(t *testing.T, event audit.Event) string {
	t.Helper()
	event.Target = audit.Target{ID: "u1", Name: "Jo"}
	e, err := s.Audit.Record(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/users", http.NoBody)
	r.AddCookie(&http.Cookie{Name: s.Cookies.Name(noticeCookie), Value: e.ID})
	toast := &templates.Toast{}
	s.signedIn(func(w http.ResponseWriter, r *http.Request) error {
		if told := s.takeToast(w, r); told != nil {
			toast = told
		}
		return nil
	}).ServeHTTP(httptest.NewRecorder(), r)
	return toast.Text
}
