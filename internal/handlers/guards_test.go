package handlers

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5/middleware"
)

func TestSec52_AFormComesBackBelowTheBasePath(t *testing.T) {
	s := &site{Options: Options{Base: "/admin"}}
	for said, want := range map[string]string{
		"/users?q=a%20b&page=2": "/users?q=a%20b&page=2",
		"/users/a%2Fb":          "/users/a%2Fb",
		"/users?q=/../..":       "/users?q=/../..",
		"/activity":             "/activity",
		"/..":                   "/users",
		"/../other":             "/users",
		"/%2e%2E/other":         "/users",
		"/users/.%2e/..":        "/users",
		"/users#/../..":         "/users",
		"//evil.example":        "/users",
		`/\evil.example`:        "/users",
		"/\x00":                 "/users",
		"/\t/evil.example":      "/users",
		"/%zz":                  "/users",
		"":                      "/users",
	} {
		if got := s.localPath(said); got != want {
			t.Errorf("%q gives %q", said, got)
		}
	}
}

func TestSec52_ThePageThatHtmxShowsIsOneOfOurs(t *testing.T) {
	for said, want := range map[string]string{
		"https://admin.example.com/users?q=1#top":  "/users?q=1",
		"https://admin.example.com//evil.example/": "/users",
		"https://admin.example.com/../x":           "/users",
		"https://admin.example.com":                "/users",
		"":                                         "/users",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/users/1/deactivate", http.NoBody)
		r.Header.Set("HX-Current-URL", said)
		if got := new(site).shownPage(r); got != want {
			t.Errorf("%q gives %q", said, got)
		}
	}
	// What was typed before the session was found to have ended is not lost.
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/users?fresh=1&q=aisha", http.NoBody)
	r.Header.Set("HX-Current-URL", "https://admin.example.com/users")
	if got := new(site).shownPage(r); got != "/users?q=aisha" {
		t.Errorf("a search gives %q", got)
	}
}

func TestSec59_AProxyThatNamesNobodyIsTheClient(t *testing.T) {
	s := &site{log: slog.New(slog.DiscardHandler), Options: Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	for chain, want := range map[string]string{
		"203.0.113.7":             "203.0.113.7",
		"6.6.6.6, 203.0.113.7":    "203.0.113.7",
		"203.0.113.7, 10.0.0.2":   "203.0.113.7",
		"":                        "10.0.0.1",
		"10.0.0.3, 10.0.0.2":      "10.0.0.1",
		"unknown":                 "10.0.0.1",
		"203.0.113.7, unknown":    "10.0.0.1",
		"203.0.113.7:80":          "203.0.113.7", // some clouds write the port
		"[2001:db8::7]:443":       "2001:db8::7",
		"[2001:db8::7]":           "2001:db8::7",
		`"[2001:db8::7]:443"`:     "2001:db8::7",
		"6.6.6.6, 203.0.113.7:80": "203.0.113.7",
		"203.0.113.7, 10.0.0.2:9": "203.0.113.7",
		"203.0.113.7:port":        "10.0.0.1",
		"203.0.113.7, <script>":   "10.0.0.1",
		"6.6.6.6, ::ffff:1.2.3.4": "1.2.3.4",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = "10.0.0.1:4711"
		r.Header.Set("X-Forwarded-For", chain)
		got := ""
		s.withClientIP()(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = middleware.GetClientIP(r.Context()) })).
			ServeHTTP(httptest.NewRecorder(), r)
		if got != want {
			t.Errorf("%q: %q, want %q", chain, got, want)
		}
	}
}

func TestAForwardedAddressThatCanNotBeReadIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	s := &site{log: slog.New(slog.NewTextHandler(&log, nil)), Options: Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	guarded := s.withClientIP()(http.NotFoundHandler())
	for range 3 {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = "10.0.0.1:4711"
		r.Header.Set("X-Forwarded-For", "who\nknows")
		guarded.ServeHTTP(httptest.NewRecorder(), r)
	}
	if n := strings.Count(log.String(), "X-Forwarded-For"); n != 1 {
		t.Errorf("logged %d times: %s", n, &log)
	}
}

func TestSec42_RepeatedOriginHeadersAreRefused(t *testing.T) {
	const ours = "https://admin.example.com"
	s := testSite(t)
	s.PublicOrigin = ours
	for name, row := range map[string]struct {
		origin, fetchSite []string
		passes            bool
	}{
		"both":                       {[]string{ours}, []string{"same-origin"}, true},
		"only an origin":             {[]string{ours}, nil, true},
		"only the browser's word":    {nil, []string{"same-origin"}, true},
		"neither":                    {nil, nil, false},
		"two origins":                {[]string{ours, ours}, nil, false},
		"a word and another":         {nil, []string{"same-origin", "cross-site"}, false},
		"an empty word and another":  {[]string{ours}, []string{"", "cross-site"}, false},
		"another origin and a word":  {[]string{"https://evil.example"}, []string{"same-origin"}, false},
		"our origin and another one": {[]string{ours, "https://evil.example"}, []string{"same-origin"}, false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/preferences", http.NoBody)
		r.Header["Origin"], r.Header["Sec-Fetch-Site"] = row.origin, row.fetchSite
		passed := false
		s.sameOrigin(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true })).ServeHTTP(httptest.NewRecorder(), r)
		if passed != row.passes {
			t.Errorf("%s: passes is %v", name, passed)
		}
		// An export may be typed, but else has to be as much ours as a change.
		unsaid := len(row.origin)+len(row.fetchSite) == 0
		if typed := s.isOwn(r, true); typed != (row.passes || unsaid) {
			t.Errorf("%s: an export passes is %v", name, typed)
		}
	}
}
