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

// Any id that the API returns can be opened and changed by the dashboard's own links.
func TestOurLinksReachAnAccountOfAnyID(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	for i, id := range []string{
		"f:bd1a5d1f-1111-4222-8333-444455556666:uid=dora,ou=People", // as Keycloak's user storage makes them
		"f:bd1a5d1f-1111-4222-8333-444455556666:eve+tag@example.com", "a/b", "a b", "100%", "a%2Fb", "%zz", "..", ".", "~", "~x", "methods", "?q=x#y", "a;b", "a&b=c", "日本", `"><b>`, "+",
	} {
		email := "odd-" + string(rune('a'+i)) + "@example.com"
		s.Control(http.MethodPost, "users", map[string]any{"add": true, "id": id, "email": email})
		list := b.Get(s.Site + "/users?fresh=1&q=" + email)
		link := linkOf(list, "who")
		if link == "" {
			t.Errorf("%q is not in the list: %d %s", id, list.Status, list.Text())
			continue
		}
		page := b.Get(resolved(t, list, link))
		if page.Status != http.StatusOK || !strings.Contains(page.Text(), email) {
			t.Errorf("%q: the list's link %q leads to %d", id, link, page.Status)
			continue
		}
		switched := b.Post(strings.TrimPrefix(link, s.Site)+"/deactivate", url.Values{"key": {"k" + email}})
		if s.Account(email).Enabled {
			t.Errorf("%q can’t be deactivated by %q: %d %s", id, link, switched.Status, switched.Text())
		}
		all := ""
		harness.Each(page.Doc, func(n *html.Node) {
			if href := harness.Attribute(n, "href"); strings.Contains(href, "/activity?") {
				all = href
			}
		})
		if trail := b.Get(resolved(t, page, all)); !strings.Contains(trail.Text(), email) {
			t.Errorf("%q: %q doesn't find its entries: %s", id, all, trail.Text())
		}
	}
}

func TestEquivalentSpellingsOfAnIDLeadToOnePage(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	s.Control(http.MethodPost, "users", map[string]any{"add": true, "id": "f:x:uid=dora,ou=People", "email": "dora@example.com"})
	for _, path := range []string{"f:x:uid=dora,ou=People", "f:x:uid=dora%2Cou=People", "f%3Ax%3Auid%3Ddora%2Cou%3DPeople", "f%3ax%3auid%3ddora,ou=People"} {
		if p := b.Get(s.Site + "/users/" + path); p.Status != http.StatusOK || !strings.Contains(p.Text(), "dora@example.com") {
			t.Errorf("%s: %d %s", path, p.Status, p.Text())
		}
	}
}

func linkOf(p harness.Page, class string) string {
	n := harness.Find(p.Doc, func(n *html.Node) bool {
		return n.Data == "a" && slices.Contains(strings.Fields(harness.Attribute(n, "class")), class)
	})
	if n == nil {
		return ""
	}
	return harness.Attribute(n, "href")
}

// resolved returns the URL that a browser requests for a link of a page.
func resolved(t *testing.T, p harness.Page, link string) string {
	t.Helper()
	u, err := p.URL.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.String()
}
