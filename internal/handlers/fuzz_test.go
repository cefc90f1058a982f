package handlers

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"golang.org/x/net/http/httpguts"

	"wallaroo-user-admin/web/templates"
)

// FuzzZone: whatever the cookie says, the zone is an existing one of that exact name, or UTC. A cached zone is the
// same, and names of no zone are not cached, since anybody could fill the memory with them.
func FuzzZone(f *testing.F) {
	for _, s := range []string{
		"Asia%2FTokyo", "Europe/Berlin", "UTC", "", "Local", "Etc%2FGMT%2B1", "Etc/GMT+1", "..%2F..%2Fetc%2Fpasswd", "%zz", "Nowhere/Atall", "Europe/./Berlin",
		"Europe", "/Europe/Berlin", "Europe/Berlin/", "Europe//Berlin", "Europe/../Europe/Berlin", "europe/berlin", "Europe/Berlin%00", `"Europe/Berlin"`,
		"posix/Europe/Berlin; wallaroo-tz=UTC", "<script>", `Europe%5CBerlin`, "tzdata.zi", ".", "%20UTC", strings.Repeat("a", 65),
	} {
		f.Add(s)
	}
	var all zones
	f.Fuzz(func(t *testing.T, cookie string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header["Cookie"] = []string{all.cookies.Name("tz") + "=" + cookie}
		said, err := url.QueryUnescape(all.cookies.Of(r, "tz"))
		if err != nil {
			said = ""
		}
		zone := new(zones).of(r)
		name := zone.String()
		if name != "UTC" && (name != said || !fs.ValidPath(name) || strings.Trim(name, zoneLetters) != "") || zone == time.Local {
			t.Errorf("%q gives %q", cookie, name)
		}
		exists, err := time.LoadLocation(name)
		if err != nil {
			t.Fatalf("%q gives %q: %v", cookie, name, err)
		}
		first, again := all.of(r), all.of(r)
		for _, month := range []time.Month{time.January, time.July} {
			want := time.Date(2026, month, 1, 12, 0, 0, 0, exists).Format(time.RFC3339)
			for _, z := range []*time.Location{zone, first, again} {
				if got := time.Date(2026, month, 1, 12, 0, 0, 0, z).Format(time.RFC3339); got != want || z.String() != name {
					t.Errorf("%q gives %q, where noon is %s and not %s", cookie, z, got, want)
				}
			}
		}
		if kept, ok := all.known.Load(said); ok && name != said {
			t.Errorf("%q is remembered as %v", said, kept)
		}
	})
}

// zoneLetters are the characters in names of the time zone database.
const zoneLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-"

// FuzzSec59_ClientAddress: behind any number of trusted proxies, the client is who connected to the first of them,
// whatever headers the client sent; without a trusted proxy, it is the peer. The result is always an IP address.
func FuzzSec59_ClientAddress(f *testing.F) {
	client4, client6 := []byte{203, 0, 113, 7}, netip.MustParseAddr("2001:db8::7").AsSlice()
	for _, forged := range []string{
		"", "198.51.100.1", "10.0.0.1", "10.0.0.1, 10.0.0.2", ",,", "unknown", "198.51.100.1:80", "[2001:db8::1]:80", "::ffff:10.0.0.1", "fe80::1%10.0.0.1", "a\tb", "<script>", "198.51.100.1, _hidden",
		"::ffff:198.51.100.1", "010.0.0.1", "10.0.0.1 198.51.100.1", "\xff",
	} {
		f.Add(forged, client4, uint8(1), false)
		f.Add(forged, client6, uint8(3), true)
	}
	f.Add("198.51.100.1", netip.MustParseAddr("::ffff:203.0.113.7").AsSlice(), uint8(0), false)
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("fd00::/8")}
	proxies := []string{"10.0.0.1", "fd00::1", "192.0.2.1", "::ffff:10.1.2.3"}
	isTrusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a.Unmap().WithZone("")) })
	}
	found := func(t *testing.T, s *site, peer string, chain []string) string {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(peer), 4711).String()
		r.Header["X-Forwarded-For"] = chain
		for _, other := range []string{"Forwarded", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Client-Ip"} {
			r.Header[other] = chain
		}
		var got, key string
		s.withClientIP()(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got = middleware.GetClientIP(r.Context())
			key = byAddress(r)
		})).ServeHTTP(httptest.NewRecorder(), r)
		if _, err := netip.ParseAddr(got); err != nil {
			t.Errorf("from %s with %q it is %q, which is no address", peer, chain, got)
		}
		if at, err := netip.ParseAddr(strings.TrimSuffix(key, "/64")); err != nil || at.Is4() && key != got {
			t.Errorf("from %s with %q, %q is counted as %q", peer, chain, got, key)
		}
		return got
	}
	f.Fuzz(func(t *testing.T, forged string, client []byte, hops uint8, lines bool) {
		at, ok := netip.AddrFromSlice(client)
		if !ok {
			return
		}
		want := at.Unmap().String()
		none, behind := testSite(t), testSite(t)
		behind.TrustedProxies = trusted
		if got := found(t, none, want, []string{forged}); got != want {
			t.Errorf("nobody is trusted, and %s with %q is taken for %q", want, forged, got)
		}
		if got := found(t, none, proxies[0], []string{forged}); got != proxies[0] {
			t.Errorf("nobody is trusted, and %s with %q is taken for %q", proxies[0], forged, got)
		}
		// The client's own words alone, which a trusted proxy passes on as they are.
		said := []string{forged}
		got := found(t, behind, proxies[0], said)
		if a, err := netip.ParseAddr(got); err == nil && got != proxies[0] && (isTrusted(a) || !slices.Contains(addresses(forged), a)) {
			t.Errorf("a proxy with %q is taken for %q", forged, got)
		}
		if isTrusted(at) {
			return
		}
		if got := found(t, behind, want, said); got != want {
			t.Errorf("%s with %q is taken for %q", want, forged, got)
		}
		chain := []string{forged, at.String()}
		peer := proxies[0]
		for i := range int(hops % 8) {
			chain = append(chain, peer)
			peer = proxies[(i+1)%len(proxies)]
		}
		if !lines {
			chain = []string{strings.Join(chain, ", ")}
		}
		if got := found(t, behind, peer, chain); got != want {
			t.Errorf("%s by way of %q is taken for %q", want, chain, got)
		}
	})
}

// addresses parses a list of addresses, with or without ports, brackets and quotes.
func addresses(list string) []netip.Addr {
	var all []netip.Addr
	for _, text := range strings.Split(list, ",") {
		text = strings.Trim(strings.TrimSpace(text), `"`)
		if both, err := netip.ParseAddrPort(text); err == nil {
			all = append(all, both.Addr().Unmap().WithZone(""))
		} else if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
			all = append(all, a.Unmap().WithZone(""))
		}
	}
	return all
}

// FuzzSec52_WayBack: whatever return address a form or htmx names, a browser that follows it stays on the site and
// below the base path, and an accepted address is accepted again.
func FuzzSec52_WayBack(f *testing.F) {
	for _, s := range []string{
		"/users", "/users?q=a%20b&page=2", "/users/u1", "/users?next=//evil.example", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, "/\t/evil.example",
		" //evil.example", "/users\r\nSet-Cookie: x=y", "https://evil.example/users", "https:/users", "https:users", "javascript:alert(1)", "users", "", "?q=1", "#top",
		"/..", "/../other", "/users/../../other", "/%2e%2e/other", "/.%2E/other", "/users/%2e%2e/%2e%2e/other", "/..//evil.example", "/%2F/evil.example", "/%5c/evil.example",
		`/..\elsewhere`, "/users;/../../other", "/users#/../..", "/users?/../..", "//user@/users", "/users/a%2fb", "/\x00", "/users/é", "/users?q=\xff", "/%zz", "/admin/users", "/admin/../other",
		"https://admin.example.com/admin/users?q=1", "https://evil.example//evil.example/", "/admin//evil.example", "/admin/%2e%2e/other", "/adminx",
	} {
		f.Add(s, "u1")
	}
	f.Add("/users/a%2fb", "a/b")
	f.Add("/users/..", "..")
	f.Add("/users/", "")
	f.Fuzz(func(t *testing.T, said, id string) {
		for _, base := range []templates.Base{"", "/admin", "/a/b%20c"} {
			s := &site{Options: Options{Base: base}}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, string(base)+"/preferences", http.NoBody)
			r.Form = url.Values{"return": {said}}
			r.Header["Hx-Current-Url"] = []string{said}
			for name, path := range map[string]string{"localPath": s.localPath(said), "returnPath": s.returnPath(r, id), "shownPage": s.shownPage(r)} {
				if name != "returnPath" && s.localPath(path) != path {
					t.Errorf("%s: %q gives %q, which is then %q", name, said, path, s.localPath(path))
				}
				r.Header.Del("HX-Request")
				for _, header := range []string{"Location", "HX-Redirect"} {
					w := httptest.NewRecorder()
					s.see(w, r, path)
					to := w.Header().Get(header)
					if at, ours := asBrowser(to); !ours || at != string(base) && !strings.HasPrefix(at, string(base)+"/") || !httpguts.ValidHeaderFieldValue(to) {
						t.Errorf("%s below %q: %q gives %s: %q, and a browser goes to %q", name, base, said, header, to, at)
					}
					r.Header.Set("HX-Request", "true")
				}
			}
		}
	})
}

// asBrowser returns the path that a browser on a page of ours requests when it is redirected to a URL (URL standard,
// section 4.4); ours is false if that is another origin, or depends on the page.
func asBrowser(to string) (path string, ours bool) {
	to = strings.TrimFunc(to, func(r rune) bool { return r <= ' ' })
	to = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(to)
	to, _, _ = strings.Cut(to, "#")
	to, _, _ = strings.Cut(to, "?")
	to = strings.ReplaceAll(to, `\`, "/")
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
		return "", false
	}
	kept := []string{}
	segments := strings.Split(to[1:], "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
			if last {
				kept = append(kept, "")
			}
		case ".":
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.Join(kept, "/"), true
}

// FuzzSec42_Origin: a change is accepted if each origin that is named is ours and Sec-Fetch-Site, where sent, agrees;
// one of the two is required. Reads are always accepted.
func FuzzSec42_Origin(f *testing.F) {
	const ours = "https://admin.example.com"
	for _, row := range []struct{ origin, fetchSite string }{
		{ours, "same-origin"},
		{ours, "-"},
		{"-", "same-origin"},
		{"-", "-"},
		{"", ""},
		{"-", ""},
		{"", "same-origin"},
		{ours, "cross-site"},
		{ours, "same-site"},
		{"-", "none"},
		{"null", "same-origin"},
		{"https://evil.example", "same-origin"},
		{"https://sibling.example.com", "same-site"},
		{"http://admin.example.com", "same-origin"},
		{ours + ":443", "same-origin"},
		{ours + ":8443", "same-origin"},
		{ours + "/", "same-origin"},
		{ours + ".evil.example", "-"},
		{"https://ADMIN.example.com", "-"},
		{ours + "|https://evil.example", "same-origin"},
		{"https://evil.example|" + ours, "-"},
		{ours + "|" + ours, "same-origin"},
		{ours + ", https://evil.example", "-"},
		{"-", "same-origin|cross-site"},
		{"-", "cross-site|same-origin"},
		{ours, "|cross-site"},
		{"-", "same-origin, cross-site"},
		{"-", "Same-Origin"},
		{" " + ours, " same-origin"},
	} {
		f.Add(row.origin, row.fetchSite, http.MethodPost)
	}
	f.Add("https://evil.example", "cross-site", http.MethodGet)
	f.Add("https://evil.example", "cross-site", "get")
	f.Add("-", "-", "PUT")
	s := testSite(f)
	s.PublicOrigin = ours
	// A header's lines are told apart by a bar; a dash is no header.
	lines := func(text string) []string {
		if text == "-" {
			return nil
		}
		return strings.Split(text, "|")
	}
	f.Fuzz(func(t *testing.T, origin, fetchSite, method string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/preferences", http.NoBody)
		r.Method = method
		r.Header["Origin"], r.Header["Sec-Fetch-Site"] = lines(origin), lines(fetchSite)
		passed := false
		w := httptest.NewRecorder()
		s.sameOrigin(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true })).ServeHTTP(w, r)
		another := func(text string) bool { return text != ours }
		elsewhere := func(text string) bool { return text != "same-origin" }
		foreign := slices.ContainsFunc(r.Header["Origin"], another) || slices.ContainsFunc(r.Header["Sec-Fetch-Site"], elsewhere)
		vouched := len(r.Header["Origin"])+len(r.Header["Sec-Fetch-Site"]) > 0
		switch {
		case method == http.MethodGet || method == http.MethodHead:
			if !passed {
				t.Errorf("a %s is refused", method)
			}
		case passed && (foreign || !vouched):
			t.Errorf("%s passes with %q", method, r.Header)
		case !passed && w.Code != http.StatusForbidden:
			t.Errorf("%s with %q: %d", method, r.Header, w.Code)
		case !passed && vouched && !foreign && len(r.Header["Origin"]) < 2 && len(r.Header["Sec-Fetch-Site"]) < 2:
			t.Errorf("our own %s is refused with %q", method, r.Header)
		}
	})
}
