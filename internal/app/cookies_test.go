package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

// ingress is a browser's way to a site whose TLS ends before the server: it brings the public URL to where the server
// listens, and keeps what the site sets.
type ingress struct {
	http.RoundTripper
	public, server *url.URL
	forwarded      string // X-Forwarded-Proto, as a stranger would send it

	mu  sync.Mutex
	set []string // Set-Cookie
}

func (i *ingress) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != i.public.Host {
		return i.RoundTripper.RoundTrip(r)
	}
	inner := r.Clone(r.Context())
	inner.Host, inner.URL.Scheme, inner.URL.Host = i.public.Host, i.server.Scheme, i.server.Host
	inner.Header.Set("X-Forwarded-Proto", i.forwarded)
	res, err := i.RoundTripper.RoundTrip(inner)
	if err != nil {
		return nil, err
	}
	res.Request = r
	i.mu.Lock()
	defer i.mu.Unlock()
	i.set = append(i.set, res.Header.Values("Set-Cookie")...)
	return res, nil
}

// behindIngress is a browser that comes through one.
func (s *stack) behindIngress(forwarded string) (*browser, *ingress) {
	s.t.Helper()
	b, way := s.browser(), &ingress{forwarded: forwarded}
	var err error
	if way.public, err = url.Parse(s.site); err != nil {
		s.t.Fatal(err)
	}
	if way.server, err = url.Parse(s.address); err != nil {
		s.t.Fatal(err)
	}
	way.RoundTripper, b.client.Transport = b.client.Transport, way
	return b, way
}

func TestSec26_27_EveryCookieHasItsAttributesWhateverAStrangerForwards(t *testing.T) {
	for name, row := range map[string]struct {
		settings  []setting
		forwarded string
		prefix    string
	}{
		"https":            {[]setting{with("PUBLIC_URL", "https://admin.example.com")}, "http", "__Host-"},
		"http on loopback": {nil, "https", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, demo.Options{Users: 20}, row.settings...)
			b, way := s.behindIngress(row.forwarded)
			id := s.userID(demo.PlainEmail)
			if p := b.signIn("/users", demo.AdminEmail); p.status != http.StatusOK || p.url.Path != "/users" {
				t.Fatalf("signing in: %d %s %s", p.status, p.url, p.text())
			}
			if p := b.submit(b.get(s.site + "/users/" + id + "/deactivate")); s.account(demo.PlainEmail).Enabled || !strings.Contains(p.body, "Deactivated") {
				t.Errorf("deactivating: %d %s", p.status, p.text())
			}
			b.post("/preferences", url.Values{"theme": {"dark"}, "shortcuts": {"off"}})
			b.get(s.site + "/users?per=250")
			b.get(s.site + "/activity?per=100")
			b.post("/logout", url.Values{})
			s.mustSet(way.set, row.prefix)
		})
	}
}

// mustSet holds every cookie that was set against what it has to be.
func (s *stack) mustSet(set []string, prefix string) {
	s.t.Helper()
	secret := map[string]bool{ // of each, whether scripts are kept off it
		prefix + "wallaroo-user-admin": true, prefix + "wallaroo-admin-signin": true, "notice": true,
		"theme": false, "shortcuts": false, "per": false,
	}
	seen, ended := map[string]bool{}, map[string]bool{}
	for _, line := range set {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			s.t.Errorf("%q: %v", line, err)
			continue
		}
		name := c.Name
		if rest, ok := strings.CutPrefix(name, prefix+"wallaroo-admin-signin-"); ok && rest != "" {
			name = prefix + "wallaroo-admin-signin"
		}
		hidden, known := secret[name]
		if !known {
			s.t.Errorf("a cookie that nobody has thought of: %q", line)
		}
		seen[name] = true
		ended[name] = ended[name] || c.MaxAge < 0
		if c.Secure != (prefix != "") || c.HttpOnly != hidden && known || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Unparsed) > 0 {
			s.t.Errorf("%q", line)
		}
	}
	for name, hidden := range secret {
		if !seen[name] || hidden && !ended[name] {
			s.t.Errorf("the cookie %s: set %v, taken away %v", name, seen[name], ended[name])
		}
	}
}
