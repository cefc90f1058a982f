package cookies_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/cookies"
)

func at(t *testing.T, address string) cookies.Site {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return cookies.For(u)
}

func TestEachSiteOfAHostHasNamesOfItsOwn(t *testing.T) {
	names := map[string]string{}
	for _, address := range []string{
		"http://localhost:8080", "http://localhost:8081", "http://localhost:8080/admin", "http://localhost:8080/Admin",
		"https://admin.example.com", "https://admin.example.com/users", "https://admin.example.com:8443", "https://admin.example.com/us/ers",
		"http://admin.example.com",
	} {
		name := at(t, address).Name("session")
		if other := names[name]; other != "" {
			t.Errorf("%s and %s both have %s", address, other, name)
		}
		names[name] = address
		if secure := strings.HasPrefix(address, "https:"); strings.HasPrefix(name, "__Host-") != secure || !strings.HasSuffix(name, "session") {
			t.Errorf("%s has %s", address, name)
		}
		if at(t, address+"/").Name("session") != name {
			t.Errorf("%s has another name with a slash", address)
		}
	}
}

func TestSec26_ACookieHasItsAttributes(t *testing.T) {
	for address, secure := range map[string]bool{"https://admin.example.com/users": true, "http://localhost:8080/users": false} {
		s := at(t, address)
		for life, maxAge := range map[time.Duration]int{0: 0, time.Minute: 60, -1: -1, -time.Hour: -1} {
			c := s.New("notice", "x", life)
			if c.Name != s.Name("notice") || c.MaxAge != maxAge || (c.Value == "") != (life < 0) || c.Secure != secure || !c.HttpOnly ||
				c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode || c.Valid() != nil {
				t.Errorf("%s, for %s: %s", address, life, c)
			}
		}
	}
}

func TestOnlyTheSitesOwnCookieIsRead(t *testing.T) {
	s, other := at(t, "http://localhost:8080"), at(t, "http://localhost:8081")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.AddCookie(other.New("theme", "dark", 0))
	r.AddCookie(&http.Cookie{Name: "theme", Value: "dark"})
	if got := s.Of(r, "theme"); got != "" {
		t.Errorf("another's cookie is read: %q", got)
	}
	r.AddCookie(s.New("theme", "light", 0))
	if got := s.Of(r, "theme"); got != "light" {
		t.Errorf("its own is %q", got)
	}
}
