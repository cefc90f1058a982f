package handlers

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"unicode/utf8"
)

// FuzzQueryParameters: parameters read from any URL and remembered choice are bounded, and a URL made from them is
// read as the same.
func FuzzQueryParameters(f *testing.F) {
	for _, query := range []string{
		"", "q=an&status=active&health=warning&domain=Example.com&login=30d&sort=login&dir=desc&page=3&per=50",
		"page=-1&per=999999&sort=<script>", "q=%ff%fe&domain=%ff&page=99999999999999999999", "q=a&q=b&page=0;per=50", "%zz=%", "q=%00&user=%00&action=invite&outcome=done",
	} {
		f.Add(query, "")
		f.Add(query, "wallaroo-per=100")
	}
	s := testSite(f)
	f.Fuzz(func(t *testing.T, query, cookies string) {
		asked := func(query string) *http.Request {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			r.URL.RawQuery = query
			r.Header["Cookie"] = []string{cookies}
			return r
		}
		again := func(path string) *http.Request {
			return httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		}
		users := s.readUsersParams(asked(query))
		if !utf8.ValidString(users.q+users.domain) || !slices.Contains(perPage(), users.per) || users.page < 1 {
			t.Errorf("%q is read as %+v", query, users)
		}
		users.typed, users.isPasted = users.q, false
		if back := s.readUsersParams(again(users.path())); back != users {
			t.Errorf("%q: %+v is written as %s, which is read as %+v", query, users, users.path(), back)
		}
		events := s.readActivityParams(asked(query))
		if !utf8.ValidString(events.q+events.user) || !slices.Contains(perPage(), events.per) || events.page < 1 {
			t.Errorf("%q is read as %+v", query, events)
		}
		events.typed, events.isPasted = events.q, false
		if back := s.readActivityParams(again(events.path())); back != events {
			t.Errorf("%q: %+v is written as %s, which is read as %+v", query, events, events.path(), back)
		}
	})
}
