package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

func TestSec42_AChangeFromAnotherOriginIsRefused(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	id := s.UserID("user@example.com")
	for name, row := range map[string]struct {
		headers []string
		refused bool
	}{
		"our own page":                         {[]string{"Sec-Fetch-Site", "same-origin"}, false},
		"our own page, in an older browser":    {nil, false},
		"without Origin, but vouched for":      {[]string{"Origin", "", "Sec-Fetch-Site", "same-origin"}, false},
		"another site":                         {[]string{"Origin", "https://evil.example"}, true},
		"another site with Fetch Metadata":     {[]string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, true},
		"a sibling of ours":                    {[]string{"Origin", "http://localhost:" + portOf(s.Site), "Sec-Fetch-Site", "same-site"}, true},
		"another port of our host":             {[]string{"Origin", "http://127.0.0.1:1"}, true},
		"our host with another scheme":         {[]string{"Origin", strings.Replace(s.Site, "http:", "https:", 1)}, true},
		"a sandboxed frame":                    {[]string{"Origin", "null"}, true},
		"no Origin, cross-site":                {[]string{"Origin", "", "Sec-Fetch-Site", "cross-site"}, true},
		"typed in or from elsewhere":           {[]string{"Origin", "", "Sec-Fetch-Site", "none"}, true},
		"neither header":                       {[]string{"Origin", ""}, true},
		"our Origin, but said to be same-site": {[]string{"Sec-Fetch-Site", "same-site"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/users/" + id + "/activate", "/users/" + id + "/deactivate", "/invite", "/preferences"} {
				s.ForgetRequests()
				p := b.Post(path, url.Values{"email": {"forged@example.com"}, "theme": {"dark"}}, row.headers...)
				if refused := p.Status == http.StatusForbidden; refused != row.refused {
					t.Errorf("POST %s: %d", path, p.Status)
				}
				if row.refused && len(s.Requests("activate"))+len(s.Requests("deactivate"))+len(s.Requests("invite")) > 0 {
					t.Errorf("POST %s reached the API", path)
				}
			}
		})
	}
}

func portOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Port()
}

func TestSec43_SignOutIsCheckedToo(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	before := b.SessionID()
	if p := b.Post("/logout", url.Values{}, "Origin", "https://evil.example"); p.Status != http.StatusForbidden {
		t.Errorf("a forged sign-out: %d", p.Status)
	}
	b.MustHaveSession(before)
}

func TestSec44_GetAndHeadChangeNothing(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	b := s.SignedIn(demo.AdminEmail)
	other, before := s.SignedIn(demo.AdminEmail), b.SessionID()
	id := s.UserID("user@example.com")
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, path := range []string{"/users/" + id + "/activate", "/users/" + id + "/deactivate", "/invite?email=x@example.com", "/logout", "/preferences?theme=dark", "/sessions/end"} {
			p := b.NoRedirects().Do(method, s.Site+path, nil, "Origin", s.Site, "X-HTTP-Method-Override", "POST")
			if set := p.Header.Values("Set-Cookie"); len(set) != 0 {
				t.Errorf("%s %s sets %q", method, path, set)
			}
			b.MustHaveSession(before)
		}
	}
	b.Post("/users/"+id+"?_method=deactivate", url.Values{"_method": {"deactivate"}})
	if n := len(s.Requests("deactivate")) + len(s.Requests("activate")) + len(s.Requests("invite")); n > 0 || !s.Account("user@example.com").Enabled {
		t.Errorf("%d changes were sent", n)
	}
	b.MustHaveSession(before)
	other.MustHaveSession(other.SessionID())
}
