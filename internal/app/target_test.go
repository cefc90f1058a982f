package app_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

// watchedAPI is the stand-in's API behind an address of its own, which keeps what it was asked, to the letter.
type watchedAPI struct {
	origin string
	mu     sync.Mutex
	asked  []string
}

// startWatched is start with such an API.
func startWatched(t *testing.T) (*stack, *watchedAPI) {
	t.Helper()
	w := &watchedAPI{}
	transport := &http.Transport{}
	var standIn *url.URL
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.asked = append(w.asked, r.Method+" "+r.RequestURI+" at "+r.Host)
		w.mu.Unlock()
		proxy := httputil.ReverseProxy{Transport: transport, Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(standIn) }}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	w.origin = server.URL
	s := start(t, demo.Options{Users: 20}, func(environ map[string]string) {
		environ["OIDC_ISSUER"] = environ["WALLAROO_URL"] + "/auth/realms/master"
		environ["WALLAROO_URL"] = server.URL
		standIn, _ = url.Parse(strings.TrimSuffix(environ["OIDC_ISSUER"], "/auth/realms/master"))
	})
	return s, w
}

// asHost sends every request to our site under the name of another host.
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

func TestSec39_NothingOfARequestChangesWhichAddressIsAsked(t *testing.T) {
	s, api := startWatched(t)
	b := s.signedIn(demo.AdminEmail)
	b.client.Transport = asHost{b.client.Transport, s.host(), "evil.example"}
	b = b.once()
	api.mu.Lock()
	api.asked = nil
	api.mu.Unlock()
	for _, hostile := range []string{
		"..", "../../invite", "/v1/api/users/invite", "//evil.example/x", "https://evil.example/x", "a?b=c", "a#b", "a;b", "a@evil.example",
		"a\r\nHost: evil.example", "%2e%2e%2finvite", `..\x`, s.userID(demo.PlainEmail) + "/../invite",
	} {
		id := url.PathEscape(hostile)
		b.get(s.site + "/users/" + id)
		b.get(s.site + "/users/" + id + "/deactivate")
		b.post("/users/"+id+"/activate", url.Values{"key": {"1"}})
		b.post("/users/"+id+"/deactivate", url.Values{"key": {"2"}})
		b.get(s.site + "/users?fresh=1&q=" + url.QueryEscape(hostile))
		b.get(s.site + "/users/methods?fresh=1&id=" + url.QueryEscape(hostile))
		b.post("/invite", url.Values{"email": {hostile + "@example.com"}, "key": {"k" + hostile}, "pw": {"auto"}})
	}
	b.post("/users/"+s.userID(demo.PlainEmail)+"/deactivate", url.Values{"key": {"3"}})
	host := strings.TrimPrefix(api.origin, "http://")
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
