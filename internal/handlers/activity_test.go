package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// activity returns the lines of the activity page as the user of the browser sees them, newest first.
func activityLines(b *harness.Browser) (all []string) {
	b.T.Helper()
	p := b.NoRedirects().Get(b.Site + "/activity?per=250")
	if p.Status != http.StatusOK {
		b.T.Fatalf("the activity: %d %s", p.Status, p.Text())
	}
	harness.Each(p.Doc, func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "tr" && harness.Find(n, func(n *html.Node) bool { return n.Data == "td" }) != nil {
			all = append(all, (harness.Page{Doc: n}).Text())
		}
	})
	return all
}

func TestSec65_EventsOfASessionAreAudited(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	reader := s.SignedIn(demo.SecondAdminEmail)
	var b *harness.Browser
	for _, step := range []struct {
		name string
		do   func()
		want []string
	}{
		{"signing in", func() { b = s.SignedIn(demo.AdminEmail) }, []string{"Ada Administrator Signed in"}},
		{"a change that is refused here", func() {
			if p := b.Post("/users/"+demo.AdminID+"/deactivate", url.Values{"key": {"k"}}); p.Status != http.StatusConflict {
				t.Errorf("%d %s", p.Status, p.Text())
			}
		}, []string{"Ada Administrator Tried to deactivate Ada Administrator This is your own account."}},
		{"ending other sessions", func() {
			s.SignedIn(demo.AdminEmail)
			b.Post("/sessions/end", url.Values{})
		}, []string{"Ada Administrator Ended sessions 1 session", "Ada Administrator Signed in"}},
		{"signing out", func() { b.Post("/logout", url.Values{}) }, []string{"Ada Administrator Signed out"}},
		{"the end by the provider, one session", func() {
			b = s.SignedIn(demo.AdminEmail)
			s.Control(http.MethodPost, "end-session", map[string]any{"sub": demo.AdminID})
			b.MustBeSignedOut()
		}, []string{"Signed out back-channel logout", "Ada Administrator Signed in"}},
		{"the end by the provider, all sessions of somebody", func() {
			b = s.SignedIn(demo.AdminEmail)
			s.Control(http.MethodPost, "end-session", map[string]any{"sub": demo.AdminID, "withoutSid": true})
			b.MustBeSignedOut()
		}, []string{"Signed out back-channel logout", "Ada Administrator Signed in"}},
		{"a renewal that the provider refuses", func() {
			b = s.SignedIn(demo.AdminEmail)
			s.Control(http.MethodPost, "revoke", map[string]any{"sub": demo.AdminID})
			s.Fault("query", map[string]any{"status": http.StatusUnauthorized, "times": 1})
			b.NoRedirects().Get(s.Site + "/users/" + demo.AdminID)
			b.MustBeSignedOut()
		}, []string{"Ada Administrator Signed out renewal refused", "Ada Administrator Signed in"}},
		{"a sign-in without the role", func() { s.NewBrowser().SignIn("/users", demo.PlainEmail) }, []string{"Uma User Tried to get in without the role"}},
	} {
		before := activityLines(reader)
		step.do()
		now := activityLines(reader)
		if len(now) != len(before)+len(step.want) || !slices.EqualFunc(now[:min(len(now), len(step.want))], step.want, strings.Contains) {
			t.Errorf("%s: want %q in front of %q, have %q", step.name, step.want, before, now)
		}
	}
	for _, id := range []string{b.SessionID(), reader.SessionID()} {
		if id != "" && strings.Contains(strings.Join(activityLines(reader), "\n"), id) {
			t.Errorf("the activity has the cookie %s", id)
		}
	}
}

// As docs/security.md says.
func TestSec65_TheListIsDroppedWhenASessionEnds(t *testing.T) {
	for name, end := range map[string]func(b *harness.Browser){
		"by signing out": func(b *harness.Browser) { b.Post("/logout", url.Values{}) },
		"by the provider": func(b *harness.Browser) {
			b.Control(http.MethodPost, "end-session", map[string]any{"sub": demo.AdminID})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := harness.Start(t, demo.Options{Users: 20}, harness.With("LIST_MAX_AGE", "1h"))
			b := s.SignedIn(demo.AdminEmail)
			s.SignedIn(demo.AdminEmail)
			if n := len(s.Requests("query-list")); n != 1 {
				t.Fatalf("the list was read %d times: it is not kept at all", n)
			}
			end(b)
			b.MustBeSignedOut()
			if p := s.SignedIn(demo.AdminEmail); p.SessionID() == "" || len(s.Requests("query-list")) != 2 {
				t.Errorf("after the next sign-in the list was read %d times", len(s.Requests("query-list")))
			}
		})
	}
}
