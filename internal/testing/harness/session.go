package harness

import (
	"net/http"
	"net/url"
	"strings"

	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/cookies"
)

// Host returns the host and port of the dashboard's public URL.
func (s *Stack) Host() string {
	s.T.Helper()
	u, err := url.Parse(s.Site)
	if err != nil {
		s.T.Fatal(err)
	}
	return u.Host
}

// Cookies returns the browser's cookies for the dashboard.
func (b *Browser) Cookies() []*http.Cookie {
	b.T.Helper()
	return b.Client.Jar.Cookies(b.siteURL())
}

func (b *Browser) siteURL() *url.URL {
	b.T.Helper()
	site, err := url.Parse(b.Site)
	if err != nil {
		b.T.Fatal(err)
	}
	return site
}

// SessionID returns the value of the session cookie, or "".
func (b *Browser) SessionID() string {
	b.T.Helper()
	name := cookies.For(b.siteURL()).Name(auth.SessionName)
	for _, c := range b.Cookies() {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// At returns the same browser for another server of the installation, whose public URL is another: the session cookie is
// copied.
func (b *Browser) At(next *Stack) *Browser {
	b.T.Helper()
	there := &Browser{Stack: next, Client: b.Client}
	site := there.siteURL()
	b.Client.Jar.SetCookies(site, []*http.Cookie{cookies.For(site).New(auth.SessionName, b.SessionID(), 0)})
	return there
}

// MustHaveSession checks that the browser is signed in with the session of this id.
func (b *Browser) MustHaveSession(id string) {
	b.T.Helper()
	if p := b.NoRedirects().Get(b.Site + "/sessions"); p.Status != http.StatusOK {
		b.T.Errorf("the session has ended: %d to %q", p.Status, p.Header.Get("Location"))
	}
	if now := b.SessionID(); now != id || id == "" {
		b.T.Errorf("the session was %q and is %q", id, now)
	}
}

// MustBeSignedOut checks that the browser isn't signed in, even if it has a session cookie.
func (b *Browser) MustBeSignedOut() {
	b.T.Helper()
	p := b.NoRedirects().Get(b.Site + "/sessions")
	if to := p.Header.Get("Location"); p.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/login?") {
		b.T.Errorf("the session lives on: %d to %q", p.Status, to)
	}
}
