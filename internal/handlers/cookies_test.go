package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// ingress is a browser's transport to a site whose TLS ends before the server: it sends requests for the public URL
// to the server's address, and keeps the cookies that the site sets.
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

// behindIngress returns a browser that uses an ingress.
func behindIngress(s *harness.Stack, forwarded string) (*harness.Browser, *ingress) {
	s.T.Helper()
	b, way := s.NewBrowser(), &ingress{forwarded: forwarded}
	var err error
	if way.public, err = url.Parse(s.Site); err != nil {
		s.T.Fatal(err)
	}
	if way.server, err = url.Parse(s.Address); err != nil {
		s.T.Fatal(err)
	}
	way.RoundTripper, b.Client.Transport = b.Client.Transport, way
	return b, way
}

func TestSec26_27_EveryCookieHasItsAttributesWhateverIsForwarded(t *testing.T) {
	for name, row := range map[string]struct {
		settings  []harness.Setting
		forwarded string
		prefix    string
	}{
		"https":            {[]harness.Setting{harness.With("PUBLIC_URL", "https://admin.example.com")}, "http", "__Host-"},
		"http on loopback": {nil, "https", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := harness.Start(t, demo.Options{Users: 20}, row.settings...)
			b, way := behindIngress(s, row.forwarded)
			id := s.UserID(demo.PlainEmail)
			if p := b.SignIn("/users", demo.AdminEmail); p.Status != http.StatusOK || p.URL.Path != "/users" {
				t.Fatalf("signing in: %d %s %s", p.Status, p.URL, p.Text())
			}
			if p := b.Submit(b.Get(s.Site + "/users/" + id + "/deactivate")); s.Account(demo.PlainEmail).Enabled || !strings.Contains(p.Body, "Deactivated") {
				t.Errorf("deactivating: %d %s", p.Status, p.Text())
			}
			b.Post("/preferences", url.Values{"theme": {"dark"}, "shortcuts": {"off"}})
			b.Get(s.Site + "/users?per=250")
			b.Get(s.Site + "/activity?per=100")
			b.Post("/logout", url.Values{})
			mustSet(s, way.set, row.prefix)
		})
	}
}

// mustSet checks every cookie that was set.
func mustSet(s *harness.Stack, set []string, prefix string) {
	s.T.Helper()
	secret := map[string]bool{ // of each, whether scripts are kept off it
		"session": true, "signin": true, "notice": true, "theme": false, "shortcuts": false, "per": false,
	}
	form := regexp.MustCompile(`^` + prefix + `wallaroo-[0-9a-f]{8}-([a-z]+)(-[\w-]{16})?$`) // the second is of one sign-in
	seen, ended := map[string]bool{}, map[string]bool{}
	for _, line := range set {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			s.T.Errorf("%q: %v", line, err)
			continue
		}
		name := c.Name
		if parts := form.FindStringSubmatch(name); parts != nil {
			name = parts[1]
		}
		hidden, known := secret[name]
		if !known {
			s.T.Errorf("a cookie that nobody has thought of: %q", line)
		}
		seen[name] = true
		ended[name] = ended[name] || c.MaxAge < 0
		if c.Secure != (prefix != "") || c.HttpOnly != hidden && known || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || len(c.Unparsed) > 0 {
			s.T.Errorf("%q", line)
		}
	}
	for name, hidden := range secret {
		if !seen[name] || hidden && !ended[name] {
			s.T.Errorf("the cookie %s: set %v, taken away %v", name, seen[name], ended[name])
		}
	}
}

// Browsers keep cookies by host, whatever the port: each of two dashboards on one host also gets the other's.
func TestTwoDashboardsOnOneHostLeaveEachOthersCookiesAlone(t *testing.T) {
	one, two := harness.Start(t, demo.Options{Users: 20}), harness.Start(t, demo.Options{Users: 20},
		harness.With("SESSION_SECRET", "another-secret-for-tests-0123456789abcdefgh"))
	b := one.NewBrowser()
	elsewhere := &harness.Browser{Stack: two, Client: b.Client}

	form := b.Get(b.Site + "/users")
	if p := elsewhere.SignIn("/users", demo.AdminEmail); p.Status != http.StatusOK || p.URL.Path != "/users" {
		t.Fatalf("signing in at the other one: %d %s %s", p.Status, p.URL, p.Text())
	}
	if p := b.Submit(form, "username", demo.AdminEmail, "password", demo.Password); p.Status != http.StatusOK || p.URL.Path != "/users" {
		t.Fatalf("the sign-in that was under way meanwhile: %d %s %s", p.Status, p.URL, p.Text())
	}
	if p := elsewhere.Get(elsewhere.Site + "/login"); p.URL.Path != "/users" {
		t.Errorf("the other one's provider asks again: %s %s", p.URL, p.Text())
	}
	mine, theirs := b.SessionID(), elsewhere.SessionID()
	elsewhere.MustHaveSession(theirs)

	b.Post("/preferences", url.Values{"theme": {"dark"}})
	if body := elsewhere.Get(elsewhere.Site + "/sessions").Body; strings.Contains(body, `data-theme="dark"`) {
		t.Error("the other one has taken over the theme")
	}
	b.NoRedirects().Submit(b.Get(b.Site + "/users/" + one.UserID(demo.PlainEmail) + "/deactivate"))
	elsewhere.Get(elsewhere.Site + "/users")
	if p := b.Get(b.Site + "/users"); !strings.Contains(p.Body, ">Undo<") {
		t.Error("the other one has taken the notice of what was done")
	}

	elsewhere.Post("/logout", url.Values{})
	elsewhere.MustBeSignedOut()
	b.MustHaveSession(mine)
}

func TestSec27_SecureDoesNotDependOnAForwardedProto(t *testing.T) {
	for public, secure := range map[string]bool{"https://admin.example.com": true, "": false} {
		settings := []harness.Setting{}
		if public != "" {
			settings = append(settings, harness.With("PUBLIC_URL", public))
		}
		s := harness.Start(t, demo.Options{Users: 5}, settings...)
		for _, proto := range []string{"http", "https"} {
			for _, c := range s.Direct("/login", "X-Forwarded-Proto", proto).Values("Set-Cookie") {
				if strings.Contains(c, "Secure") != secure || strings.HasPrefix(c, "__Host-") != secure {
					t.Errorf("%q with X-Forwarded-Proto %s: %s", public, proto, c)
				}
			}
		}
	}
}
