package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// proxyLimit is what nginx reads of the response headers by default, in bytes (proxy_buffer_size on systems with
// pages of 4 kB).
const proxyLimit = 4096

// headerSize returns the bytes that the status line and the headers of a page take on the wire.
func headerSize(p harness.Page) int {
	var b strings.Builder
	_ = p.Header.Write(&b)
	return len("HTTP/1.1 303 See Other\r\n") + b.Len() + len("\r\n")
}

// TestNoTypedTextMakesResponseHeadersTooLong sends texts of all lengths and scripts wherever the dashboard takes
// text, signed in and signed out, and measures the headers of each answer.
func TestNoTypedTextMakesResponseHeadersTooLong(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	in, id := s.SignedIn(demo.AdminEmail), s.UserID(demo.PlainEmail)
	largest := 0
	rapid.Check(t, func(rt *rapid.T) {
		typed := typedText(rt)
		q := url.QueryEscape(typed)
		if len(q) > 25_000 { // beyond what the server reads of a request's header
			rt.Skip()
		}
		list := "/users?q=" + q
		out := s.NewBrowser() // a new one each time: pending sign-ins add up, which another test measures
		answers := map[string]harness.Page{
			"signed out: list":       out.NoRedirects().Get(out.Site + list),
			"signed out: account":    out.NoRedirects().Get(out.Site + "/users/" + url.PathEscape(typed)),
			"signed out: sign-in":    out.NoRedirects().Get(out.Site + "/login?return_to=" + url.QueryEscape(list)),
			"signed out: callback":   out.NoRedirects().Get(out.Site + "/callback?state=" + q),
			"signed out: part":       out.NoRedirects().Get(out.Site+list, asPart("form#find", list)...),
			"signed out: a form":     out.NoRedirects().Post("/users/"+id+"/deactivate", url.Values{"return": {list}}, "HX-Request", "true", "HX-Current-URL", out.Site+list),
			"list":                   in.NoRedirects().Get(in.Site + list),
			"part of the list":       in.NoRedirects().Get(in.Site+list, asPart("form#find", list)...),
			"domain":                 in.NoRedirects().Get(in.Site+"/users?domain="+q, asPart("form#find", list)...),
			"part of activity":       in.NoRedirects().Get(in.Site+"/activity?q="+q+"&user="+q, asPart("form#find", list)...),
			"account":                in.NoRedirects().Get(in.Site + "/users/" + url.PathEscape(typed)),
			"question":               in.NoRedirects().Get(in.Site + "/users/" + id + "/deactivate?return=" + url.QueryEscape(list)),
			"preferences":            in.NoRedirects().Post("/preferences", url.Values{"theme": {typed}, "return": {list}}),
			"preferences, by htmx":   in.NoRedirects().Post("/preferences", url.Values{"theme": {"dark"}, "return": {list}}, "HX-Request", "true"),
			"activation and back":    in.NoRedirects().Post("/users/"+id+"/activate", url.Values{"return": {list}, "key": {typed}}),
			"invitation":             in.NoRedirects().Post("/invite", url.Values{"email": {typed}, "key": {typed}}),
			"export":                 in.NoRedirects().Get(in.Site+"/users.csv?q="+q, "Sec-Fetch-Site", "same-origin"),
			"an address of no route": in.NoRedirects().Get(in.Site + "/" + url.PathEscape(typed)),
		}
		for what, p := range answers {
			size := headerSize(p)
			largest = max(largest, size)
			if size >= proxyLimit {
				rt.Errorf("%s: %d bytes of headers for %d characters typed: %v", what, size, utf8.RuneCountInString(typed), p.Header)
			}
		}
	})
	t.Logf("at most %d bytes", largest)
}

// typedText draws a text as people paste it: from a few to thousands of characters of one or several scripts, with
// addresses, ids and line breaks.
func typedText(rt *rapid.T) string {
	part := rapid.OneOf(
		rapid.StringN(0, 60, -1),
		rapid.SampledFrom([]string{"error: user not found ", "ada@example.com ", "11111111-2222-4333-8444-555555555555 ", "ΓΙΏΡΓΟΣ ", "山田太郎", "\r\n", "%2F%25", "/../", "&q=x#y "}),
	)
	return strings.Repeat(part.Draw(rt, "part"), rapid.IntRange(1, 300).Draw(rt, "times")) + part.Draw(rt, "end")
}

func asPart(source, page string) []string {
	return []string{"HX-Request", "true", "HX-Request-Type", "partial", "HX-Source", source, "HX-Current-URL", "http://localhost" + page}
}

// TestPendingSignInsFitIntoTheHeaders opens many pages in one browser while signed out: each sign-in adds a cookie,
// and may expire older ones.
func TestPendingSignInsFitIntoTheHeaders(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 1})
	b := s.NewBrowser()
	for n := range 12 {
		back := "/users?q=" + strings.Repeat("%E5%B1%B1", 10*n)
		p := b.NoRedirects().Get(b.Site + "/login?return_to=" + url.QueryEscape(back))
		if p.Status != http.StatusSeeOther {
			t.Fatalf("sign-in %d: %d", n, p.Status)
		}
		if size := headerSize(p); size >= proxyLimit {
			t.Errorf("sign-in %d: %d bytes", n, size)
		}
	}
}

func TestALongReturnAddressStillLeadsToItsPage(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 3})
	for _, path := range []string{"/users", "/activity"} {
		b := s.NewBrowser()
		if p := b.SignIn(path+"?q="+strings.Repeat("%D0%B6", 475), demo.AdminEmail); p.Status != http.StatusOK || p.URL.Path != path || p.URL.RawQuery != "" {
			t.Errorf("%s: %d at %s", path, p.Status, p.URL)
		}
	}
}

func TestALongPasteIsSearchedForWhatItNames(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 30})
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID(demo.PlainEmail)
	noise := strings.Repeat("level=error msg=\"cannot proceed\" at 2026-11-27 ", 60)
	for name, c := range map[string]struct{ text, found string }{
		"address": {noise + "user " + demo.PlainEmail + ", " + noise, demo.PlainEmail},
		"id":      {noise + "sub=" + id + " (" + demo.AdminEmail + ") " + noise, id},
	} {
		p := b.Get(b.Site+"/users?q="+url.QueryEscape(c.text), asPart("form#find", "/users")...)
		if want := "/users?q=" + url.QueryEscape(c.found); p.Header.Get("HX-Replace-Url") != want {
			t.Errorf("%s: the address is %q, want %q", name, p.Header.Get("HX-Replace-Url"), want)
		}
		if text := p.Text(); !strings.Contains(text, "Only what this text names is searched for: "+c.found) || !strings.Contains(text, "1 user found") {
			t.Errorf("%s: %s", name, text)
		}
		if got := p.Field("q"); got != c.text {
			t.Errorf("%s: the box has %q", name, got)
		}
	}
	many := make([]string, 14)
	for i := range many {
		many[i] = fmt.Sprintf("someone-with-a-long-name-%02d@department.example.com", i)
	}
	p := b.Get(b.Site+"/activity?q="+url.QueryEscape(noise+strings.Join(many, " ")), asPart("form#find", "/activity")...)
	if want := "/activity?q=" + url.QueryEscape(many[0]); p.Header.Get("HX-Replace-Url") != want {
		t.Errorf("activity: the address is %q", p.Header.Get("HX-Replace-Url"))
	}
}

func TestSigningOutWithALongIDTokenGoesOnFromThePage(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 3})
	for _, name := range []string{"Administrator", strings.Repeat("Administrator ", 300)} {
		s.Control(http.MethodPost, "users", map[string]any{"user": demo.AdminEmail, "lastName": name})
		p := s.SignedIn(demo.AdminEmail).NoRedirects().Post("/logout", url.Values{})
		if size := headerSize(p); size >= proxyLimit {
			t.Errorf("%d bytes", size)
		}
		refresh := p.Header.Get("Refresh")
		meta := harness.Find(p.Doc, func(n *html.Node) bool { return harness.Attribute(n, "http-equiv") == "refresh" })
		if meta != nil {
			if refresh != "" {
				t.Error("both the header and the page go on")
			}
			refresh = harness.Attribute(meta, "content")
		}
		link := harness.Find(p.Doc, func(n *html.Node) bool {
			return n.Data == "a" && strings.Contains(harness.Attribute(n, "href"), "id_token_hint=")
		})
		if link == nil || refresh != "0; url="+harness.Attribute(link, "href") {
			t.Errorf("goes on to %q, not to the link's %v", refresh, link)
		}
	}
}
