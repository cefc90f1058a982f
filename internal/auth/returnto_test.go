package auth_test

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/auth"
)

func TestSec52_ReturnToStaysOnTheSite(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	for raw, want := range map[string]string{
		"/users?q=a%20b&page=2":         "/users?q=a%20b&page=2",
		"/users/a%2Fb":                  "/users/a%2Fb",
		"/users/":                       "/users/",
		"/users#top":                    "/users",
		"/":                             "/",
		"/users?next=//evil":            "/users?next=//evil",
		"":                              "/",
		"//evil.example":                "/",
		"///evil.example":               "/",
		`/\evil.example`:                "/",
		`\\evil.example`:                "/",
		"/\t/evil.example":              "/",
		"\t//evil.example":              "/",
		" //evil.example":               "/",
		"/\r\n/evil.example":            "/",
		"/users\r\nSet-Cookie:x=y":      "/",
		"https:evil.example":            "/",
		"https:/evil.example":           "/",
		"https://evil.example":          "/",
		"javascript:alert(1)":           "/",
		"users":                         "/",
		"/..//evil.example":             "/",
		"/users/../..//evil":            "/",
		"/%2e%2e//evil.example":         "/",
		"/%2F/evil.example":             "/",
		"/%2F":                          "/",
		"/%2Fevil.example":              "/",
		"/%5Cevil.example":              "/",
		"/%09/evil.example":             "/",
		"/users%0d%0aX:y":               "/",
		"/.":                            "/",
		"/users/%2e":                    "/",
		"/%zz":                          "/",
		"/users/é":                      "/",
		"/users?q=é":                    "/",
		"/" + strings.Repeat("a", 5000): "/",
	} {
		if a := b.get(b.start("/login?return_to=" + url.QueryEscape(raw))); a.location != want {
			t.Errorf("%q leads to %q", raw, a.location)
		}
	}
}

func TestSec52_ReturnToStaysBelowTheBasePath(t *testing.T) {
	s := newSite(t, func(o *auth.Options) { o.PublicURL, _ = url.Parse("https://example.com/admin/") })
	for raw, want := range map[string]string{
		"/admin/users?q=1": "/admin/login?return_to=%2Fadmin%2Fusers%3Fq%3D1",
		"/admin/":          "/admin/login",
		"/admin":           "/admin/login",
		"/administrator/x": "/admin/login",
		"/users":           "/admin/login",
		"/admin/../other":  "/admin/login",
		"/admin/logout":    "/admin/login",
	} {
		if got := s.rp.SignInURL(raw); got != want {
			t.Errorf("%q gives %q", raw, got)
		}
	}
}

func TestSec53_ReturnToNeverSignsInOrOut(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	for _, raw := range []string{
		"/logout", "/logout/", "/LOGOUT", "/%6cogout", "/login?return_to=/login", "/callback?code=x&state=y", "/signed-out",
		"/backchannel-logout", "/login/x",
	} {
		if a := b.get(b.start("/login?return_to=" + url.QueryEscape(raw))); a.location != "/" {
			t.Errorf("%q leads to %q", raw, a.location)
		}
	}
	if a := b.get(b.start("/login?return_to=%2Flogouts")); a.status != http.StatusSeeOther || a.location != "/logouts" {
		t.Errorf("a page that only begins like one: %q", a.location)
	}
}

// FuzzReturnTo resolves return addresses as a browser does, and checks that they stay on this site.
func FuzzReturnTo(f *testing.F) {
	for _, seed := range []string{"/users?q=1", "//evil", `/\evil`, "/..//evil", "https:evil", "/a/%2e%2e/b", "/login", "/%2F"} {
		f.Add(seed)
	}
	s := newSite(f)
	base, err := url.Parse("https://admin.example.com/somewhere")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		login, err := url.Parse(s.rp.SignInURL(raw))
		if err != nil {
			t.Fatal(err)
		}
		back := login.Query().Get("return_to")
		if back == "" {
			return
		}
		u, err := base.Parse(back)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n\t ") {
			t.Errorf("%q gives %q", raw, back)
		}
		if clean := path.Clean(u.Path); clean != strings.TrimSuffix(u.Path, "/") && u.Path != "/" {
			t.Errorf("%q gives the unclean %q", raw, back)
		}
		if again := s.rp.SignInURL(back); again != login.String() {
			t.Errorf("%q is judged differently the second time: %q", back, again)
		}
	})
}
