package handlers

import (
	"net/http"
	"net/http/httptest"
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
		row.event.Target = audit.Target{ID: "u1", Name: "Jo"}
		e, err := s.Audit.Record(t.Context(), row.event)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/users", http.NoBody)
		r.AddCookie(&http.Cookie{Name: noticeCookie, Value: e.ID})
		toast := &templates.Toast{}
		s.signedIn(func(w http.ResponseWriter, r *http.Request) error {
			if told := s.takeToast(w, r); told != nil {
				toast = told
			}
			return nil
		}).ServeHTTP(httptest.NewRecorder(), r)
		if toast.Text != row.want {
			t.Errorf("%s: the notice is %q", name, toast.Text)
		}
	}
}
