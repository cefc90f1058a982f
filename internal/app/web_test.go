package app_test

import (
	"net/http"
	"net/url"
	"strconv"
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

func TestSec45_OtherMethodsAreRefused(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.NewBrowser()
	for _, method := range []string{"PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "CONNECT", "get", "post", "PROPFIND", "POST"} {
		if p := b.Do(method, s.Site+"/users", nil, "Origin", s.Site); p.Status != http.StatusMethodNotAllowed {
			t.Errorf("%s /users: %d", method, p.Status)
		}
	}
}

func TestSec46_EveryPageButThePublicOnesNeedsASession(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.NewBrowser().NoRedirects()
	for _, path := range []string{"/users", "/users/x", "/users/x/deactivate", "/invite", "/activity", "/users.csv", "/users.json", "/users/methods", "/sessions", "/users?static=/static/app.css", "/users/..%2fhealthz"} {
		p := b.Get(s.Site + path)
		if to := p.Header.Get("Location"); p.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/login?") {
			t.Errorf("GET %s: %d to %q", path, p.Status, to)
		}
	}
	for _, path := range []string{"/users/x/deactivate", "/users/x/activate", "/invite", "/sessions/end"} {
		if p := b.Post(path, url.Values{}); p.Status != http.StatusUnauthorized || !strings.Contains(p.Text(), "Your session has ended") {
			t.Errorf("POST %s: %d %s", path, p.Status, p.Text())
		}
	}
	p := b.Get(s.Site+"/users/methods?q=jo", "HX-Request", "true", "HX-Request-Type", "partial", "HX-Current-URL", s.Site+"/users?q=jo&page=2")
	if to := p.Header.Get("HX-Redirect"); p.Status != http.StatusUnauthorized || !strings.Contains(to, url.QueryEscape("/users?q=jo&page=2")) {
		t.Errorf("htmx without a session: %d to %q", p.Status, to)
	}
	p = b.Get(s.Site+"/users?q=jon", "HX-Request", "true", "HX-Request-Type", "partial", "HX-Current-URL", s.Site+"/users?q=jo")
	if to := p.Header.Get("HX-Redirect"); p.Status != http.StatusUnauthorized || !strings.HasSuffix(to, url.QueryEscape("/users?q=jon")) {
		t.Errorf("a search that goes on: %d to %q", p.Status, to)
	}
	p = b.Get(s.Site+"/users/methods", "HX-Request", "true", "HX-Current-URL", "https://evil.example/users")
	if to := p.Header.Get("HX-Redirect"); strings.Contains(to, "evil") {
		t.Errorf("htmx from a strange page: to %q", to)
	}
}

func TestSec54_EveryAnswerHasTheHeadersErrorsToo(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	for _, path := range []string{"/users", "/users/nobody", "/nowhere", "/static/nothing.css", "/healthz", "/signed-out", "/callback?state=x&code=y"} {
		p := b.Get(s.Site + path)
		csp := p.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy %q lacks %s", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || p.Header.Get("Access-Control-Allow-Origin") != "" || p.Header.Get("Server") != "" {
			t.Errorf("%s: %v", path, p.Header)
		}
		if p.Header.Get("X-Content-Type-Options") != "nosniff" || p.Header.Get("Cross-Origin-Opener-Policy") != "same-origin" ||
			p.Header.Get("Referrer-Policy") == "" || !strings.Contains(p.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: %v", path, p.Header)
		}
	}
}

func TestSec55_StrictTransportOnlyWithHTTPS(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	if p := s.NewBrowser().Get(s.Site + "/healthz"); p.Header.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS over http")
	}
	// The ingress ends TLS: the server itself speaks http all the same.
	secure := harness.Start(t, demo.Options{Users: 5}, harness.With("PUBLIC_URL", "https://admin.example.com"))
	p := secure.Direct("/login")
	if !strings.Contains(p.Get("Strict-Transport-Security"), "max-age=31536000") {
		t.Errorf("no HSTS: %v", p)
	}
	for _, c := range p.Values("Set-Cookie") {
		if !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, "Secure") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") || strings.Contains(c, "Domain") {
			t.Errorf("cookie %q", c)
		}
	}
}

func TestSec57_MarkupInNamesStaysText(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 60})
	b := s.SignedIn(demo.AdminEmail)
	for _, path := range []string{"/users?per=250", "/users?per=250&q=script", "/users?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/activity?q=%3Cscript%3E", "/users?per=250&q=hx-get"} {
		p := b.Get(s.Site + path)
		if strings.Contains(p.Body, "<script>alert") || strings.Contains(p.Body, "<img src=x") || strings.Contains(p.Body, `<b hx-get`) {
			t.Errorf("%s has live markup", path)
		}
	}
}

func TestSec60_HeadersThatNameSomebodyMeanNothing(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.NewBrowser().NoRedirects()
	for _, name := range []string{"X-Forwarded-User", "X_Forwarded_User", "X-Auth-Request-Email", "Remote-User", "Authorization", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri"} {
		if p := b.Get(s.Site+"/users", name, "/healthz"); p.Status != http.StatusSeeOther {
			t.Errorf("%s: %d", name, p.Status)
		}
	}
	p := b.Get(s.Site+"/login", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example")
	if strings.Contains(p.Header.Get("Location"), "evil") {
		t.Errorf("a forwarded host made %s", p.Header.Get("Location"))
	}
}

func TestSec61_PublicRoutesAreMatchedExactly(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.NewBrowser().NoRedirects()
	for _, path := range []string{"/healthz/../users", "/static/../users", "/static/%2e%2e/users", "//users", "/users/", "/healthz/users", "/login/../users", "/.%2f/users"} {
		if p := b.Get(s.Site + path); p.Status == http.StatusOK {
			t.Errorf("%s: answered %s", path, p.Text())
		}
	}
}

func TestSec64_NothingElseIsServed(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	for _, path := range []string{"/static/", "/static", "/static/app.css", "/debug/pprof/", "/metrics", "/version", "/static/..%2fembed.go", "/control/users", "/.git/config"} {
		if p := b.Get(s.Site + path); p.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}

func TestSec63_TheVisitorsHeadersStayHere(t *testing.T) {
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

func TestSec62_HeadersAndBodiesAreBounded(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	if p := b.Get(s.Site+"/users", "X-Long", strings.Repeat("x", 100<<10)); p.Status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 100 kB: %d", p.Status)
	}
	p := b.Post("/invite", url.Values{"key": {"k"}, "email": {strings.Repeat("x", 1<<20)}})
	if p.Status != http.StatusRequestEntityTooLarge || !strings.Contains(p.Text(), "Nothing was changed.") {
		t.Errorf("a form of 1 MB: %d %s", p.Status, p.Text())
	}
}

func TestSec59_ForwardedAddressesCountFromTrustedProxiesOnly(t *testing.T) {
	for name, row := range map[string]struct {
		settings []harness.Setting
		limited  bool
	}{
		"from anybody":         {nil, true},
		"from a trusted proxy": {[]harness.Setting{harness.With("TRUSTED_PROXIES", "127.0.0.0/8")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := harness.Start(t, demo.Options{Users: 5}, row.settings...)
			b := s.NewBrowser().NoRedirects()
			var last harness.Page
			for i := range 320 {
				last = b.Get(s.Site+"/callback", "X-Forwarded-For", "203.0.113."+strconv.Itoa(i%200))
			}
			if limited := last.Status == http.StatusTooManyRequests; limited != row.limited {
				t.Errorf("the 320th: %d", last.Status)
			}
			if row.limited && (last.Header.Get("Retry-After") == "" || !strings.Contains(last.Text(), "Try again in")) {
				t.Errorf("it doesn't say when to try again: %s", last.Text())
			}
			if p := b.Get(s.Site + "/healthz"); p.Status != http.StatusOK {
				t.Errorf("others are kept out, too: %d", p.Status)
			}
		})
	}
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
