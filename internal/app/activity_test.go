package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"wallaroo-user-admin/internal/demo"
)

// activity gives the lines of the activity log as somebody who reads it sees them, newest first.
func (b *browser) activity() (all []string) {
	b.t.Helper()
	p := b.once().get(b.site + "/activity?per=250")
	if p.status != http.StatusOK {
		b.t.Fatalf("the activity: %d %s", p.status, p.text())
	}
	each(p.doc, func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "tr" && find(n, func(n *html.Node) bool { return n.Data == "td" }) != nil {
			all = append(all, (page{doc: n}).text())
		}
	})
	return all
}

func TestSec65_WhatHappensToASessionIsWrittenDown(t *testing.T) {
	s := start(t, demo.Options{Users: 20})
	reader := s.signedIn(demo.SecondAdminEmail)
	var b *browser
	for _, step := range []struct {
		name string
		do   func()
		want []string
	}{
		{"signing in", func() { b = s.signedIn(demo.AdminEmail) }, []string{"Ada Administrator Signed in"}},
		{"a change that is refused here", func() {
			if p := b.post("/users/"+demo.AdminID+"/deactivate", url.Values{"key": {"k"}}); p.status != http.StatusConflict {
				t.Errorf("%d %s", p.status, p.text())
			}
		}, []string{"Ada Administrator Tried to deactivate Ada Administrator This is your own account."}},
		{"ending other sessions", func() {
			s.signedIn(demo.AdminEmail)
			b.post("/sessions/end", url.Values{})
		}, []string{"Ada Administrator Ended sessions 1 session", "Ada Administrator Signed in"}},
		{"signing out", func() { b.post("/logout", url.Values{}) }, []string{"Ada Administrator Signed out"}},
		{"the end by the provider, one session", func() {
			b = s.signedIn(demo.AdminEmail)
			s.control(http.MethodPost, "end-session", map[string]any{"sub": demo.AdminID})
			b.mustBeOut()
		}, []string{"Signed out back-channel logout", "Ada Administrator Signed in"}},
		{"the end by the provider, all sessions of somebody", func() {
			b = s.signedIn(demo.AdminEmail)
			s.control(http.MethodPost, "end-session", map[string]any{"sub": demo.AdminID, "withoutSid": true})
			b.mustBeOut()
		}, []string{"Signed out back-channel logout", "Ada Administrator Signed in"}},
		{"a renewal that the provider refuses", func() {
			b = s.signedIn(demo.AdminEmail)
			s.control(http.MethodPost, "revoke", map[string]any{"sub": demo.AdminID})
			s.control(http.MethodPost, "faults", map[string]any{"endpoint": "query", "status": http.StatusUnauthorized, "times": 1})
			b.once().get(s.site + "/users/" + demo.AdminID)
			b.mustBeOut()
		}, []string{"Ada Administrator Signed out renewal refused", "Ada Administrator Signed in"}},
		{"a sign-in without the role", func() { s.browser().signIn("/users", demo.PlainEmail) }, []string{"Uma User Tried to get in without the role"}},
	} {
		before := reader.activity()
		step.do()
		now := reader.activity()
		if len(now) != len(before)+len(step.want) || !slices.EqualFunc(now[:min(len(now), len(step.want))], step.want, strings.Contains) {
			t.Errorf("%s: want %q in front of %q, have %q", step.name, step.want, before, now)
		}
	}
	for _, id := range []string{b.sessionID(), reader.sessionID()} {
		if id != "" && strings.Contains(strings.Join(reader.activity(), "\n"), id) {
			t.Errorf("the activity has the cookie %s", id)
		}
	}
}

// docs/security.md promises it.
func TestSec65_TheListIsForgottenWhenASessionEnds(t *testing.T) {
	for name, end := range map[string]func(b *browser){
		"by signing out":  func(b *browser) { b.post("/logout", url.Values{}) },
		"by the provider": func(b *browser) { b.control(http.MethodPost, "end-session", map[string]any{"sub": demo.AdminID}) },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, demo.Options{Users: 20}, with("LIST_MAX_AGE", "1h"))
			b := s.signedIn(demo.AdminEmail)
			s.signedIn(demo.AdminEmail)
			if n := len(s.requests("query-list")); n != 1 {
				t.Fatalf("the list was read %d times: it is not kept at all", n)
			}
			end(b)
			b.mustBeOut()
			if p := s.signedIn(demo.AdminEmail); p.sessionID() == "" || len(s.requests("query-list")) != 2 {
				t.Errorf("after the next sign-in the list was read %d times", len(s.requests("query-list")))
			}
		})
	}
}
