package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// TestAPastedAddressIsAskedAboutBeforeItIsInvited: at first nothing is sent or written to the log, and the form has
// the address; submitted again, it is invited.
func TestAPastedAddressIsAskedAboutBeforeItIsInvited(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	key := b.Get(s.Site + "/invite").Field("key")
	for _, c := range []struct{ typed, address, says string }{
		{"Jo Doe <jo1@example.com>", "jo1@example.com", "Left out: “Jo Doe” ."},
		{"MAILTO:jo2@example.com?subject=Hi", "jo2@example.com", "Left out: “MAILTO:”, “?subject=Hi” ."},
		{"jo3@example.com,", "jo3@example.com", "Left out: “,” ."},
		{"jo4@example.com\u00a0", "jo4@example.com", "Left out: no-break space (U+00A0) ."},
		{"\u200bjo5@exam\u200bple.com", "jo5@example.com", "Left out: zero width space (U+200B) ."},
	} {
		asked := b.Post("/invite", url.Values{"email": {c.typed}, "pw": {"auto"}, "key": {key}})
		text := strings.Join(strings.Fields(asked.Text()), " ")
		if asked.Status != http.StatusUnprocessableEntity || asked.Field("email") != c.address || !strings.Contains(text, "Understood as "+c.address) || !strings.Contains(text, c.says) {
			t.Errorf("%q: %d, the field has %q: %s", c.typed, asked.Status, asked.Field("email"), text)
			continue
		}
		if n := len(s.Requests("invite")); n != 0 {
			t.Fatalf("%q: %d invitations were sent unasked", c.typed, n)
		}
		if log := b.Get(s.Site + "/activity").Text(); strings.Contains(log, c.address) {
			t.Errorf("%q: is in the log before it was sent: %s", c.typed, log)
		}
		if again := b.Submit(asked); again.Status != http.StatusOK || again.Password(t) == "" {
			t.Errorf("%q: the second time: %d %s", c.typed, again.Status, again.Text())
		}
		if s.UserID(c.address) == "" || len(s.Requests("invite")) != 1 {
			t.Errorf("%q: invited were %v", c.typed, s.Requests("invite"))
		}
		s.ForgetRequests()
	}
}

func TestSeveralPastedAddressesAreNotInvited(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	key := b.Get(s.Site + "/invite").Field("key")
	for typed, says := range map[string]string{
		"jo@example.com, bo@example.com":                                     "jo@example.com, bo@example.com are several addresses. Invite one person at a time.",
		"a@x.example; B <b@x.example>; c@x.example d@x.example\te@x.example": "a@x.example, b@x.example, c@x.example and 2 more are several addresses.",
		"Jo <jo@example.com>\nbo@example.com":                                "jo@example.com, bo@example.com are several addresses.",
	} {
		p := b.Post("/invite", url.Values{"email": {typed}, "pw": {"auto"}, "key": {key}})
		text := strings.Join(strings.Fields(p.Text()), " ")
		if p.Status != http.StatusUnprocessableEntity || p.Field("email") != typed || !strings.Contains(text, says) {
			t.Errorf("%q: %d, the field has %q: %s", typed, p.Status, p.Field("email"), text)
		}
	}
	if n := len(s.Requests("invite")); n != 0 {
		t.Errorf("%d were sent", n)
	}
}
