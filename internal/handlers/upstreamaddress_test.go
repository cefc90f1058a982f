package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// watchedAPI records the exact requests to the users API.
type watchedAPI struct {
	mu    sync.Mutex
	asked []string
}

// wrap records the requests to the stand-in, except for the test's own and those for tokens, which may have to be
// renewed.
func (w *watchedAPI) wrap(standIn http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.RequestURI, "/control/") && r.RequestURI != "/auth/realms/master/protocol/openid-connect/token" {
			w.mu.Lock()
			w.asked = append(w.asked, r.Method+" "+r.RequestURI+" at "+r.Host)
			w.mu.Unlock()
		}
		standIn.ServeHTTP(rw, r)
	})
}

// asHost sends every request to the site with another Host.
type asHost struct {
	http.RoundTripper
	ours, name string
}

func (a asHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == a.ours {
		r = r.Clone(r.Context())
		r.Host = a.name
		for _, header := range []string{"X-Forwarded-Host", "X-Host", "X-Original-Host"} {
			r.Header.Set(header, a.name)
		}
		r.Header.Set("Forwarded", "host="+a.name)
	}
	return a.RoundTripper.RoundTrip(r)
}

func TestSec39_NothingOfARequestChangesTheUpstreamAddress(t *testing.T) {
	api := &watchedAPI{}
	s := harness.StartWith(t, harness.Options{Demo: demo.Options{Users: 20}, Around: api.wrap})
	b := s.SignedIn(demo.AdminEmail)
	b.Client.Transport = asHost{b.Client.Transport, s.Host(), "evil.example"}
	b = b.NoRedirects()
	api.mu.Lock()
	api.asked = nil
	api.mu.Unlock()
	for _, hostile := range []string{
		"..", "../../invite", "/v1/api/users/invite", "//evil.example/x", "https://evil.example/x", "a?b=c", "a#b", "a;b", "a@evil.example",
		"a\r\nHost: evil.example", "%2e%2e%2finvite", `..\x`, s.UserID(demo.PlainEmail) + "/../invite",
	} {
		id := url.PathEscape(hostile)
		b.Get(s.Site + "/users/" + id)
		b.Get(s.Site + "/users/" + id + "/deactivate")
		b.Post("/users/"+id+"/activate", url.Values{"key": {"1"}})
		b.Post("/users/"+id+"/deactivate", url.Values{"key": {"2"}})
		b.Get(s.Site + "/users?fresh=1&q=" + url.QueryEscape(hostile))
		b.Get(s.Site + "/users/methods?fresh=1&id=" + url.QueryEscape(hostile))
		b.Post("/invite", url.Values{"email": {hostile + "@example.com"}, "key": {"k" + hostile}, "pw": {"auto"}})
	}
	b.Post("/users/"+s.UserID(demo.PlainEmail)+"/deactivate", url.Values{"key": {"3"}})
	host := strings.TrimPrefix(s.StandIn, "http://")
	seen := map[string]int{}
	api.mu.Lock()
	defer api.mu.Unlock()
	for _, asked := range api.asked {
		seen[asked]++
	}
	for _, op := range []string{"query", "invite", "deactivate"} {
		if seen["POST /v1/api/users/"+op+" at "+host] == 0 {
			t.Errorf("%s was not asked at all: %v", op, seen)
		}
	}
	for asked := range seen {
		if !slices.Contains([]string{"query", "invite", "activate", "deactivate"}, strings.TrimSuffix(strings.TrimPrefix(asked, "POST /v1/api/users/"), " at "+host)) {
			t.Errorf("asked %s", asked)
		}
	}
}

func TestSec63_TheVisitorsHeadersAreNotForwarded(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	s.ForgetRequests()
	b.Get(s.Site+"/users?fresh=1", "X-Visitor", "me", "Accept-Language", "xx", "Cookie", "more=1")
	asked := s.Requests("query-list")
	if len(asked) == 0 {
		asked = s.Requests("query")
	}
	if len(asked) == 0 {
		t.Fatal("the list was not read")
	}
	for _, name := range asked[len(asked)-1]["headers"].([]any) {
		switch name {
		case "X-Visitor", "Cookie", "Accept-Language":
			t.Errorf("the API got %s", name)
		}
	}
}
