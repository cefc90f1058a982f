package harness

import (
	"net/http"
	"net/url"
	"strings"
)

// Host is the host, with its port, of the dashboard's public URL.
func (s *Stack) Host() string {
	s.T.Helper()
	u, err := url.Parse(s.Site)
	if err != nil {
		s.T.Fatal(err)
	}
	return u.Host
}

// Cookies are the browser's for the dashboard.
func (b *Browser) Cookies() []*http.Cookie {
	b.T.Helper()
	site, err := url.Parse(b.Site)
	if err != nil {
		b.T.Fatal(err)
	}
	return b.Client.Jar.Cookies(site)
}

// SessionID is what the cookie of the session says, "" without one.
func (b *Browser) SessionID() string {
	b.T.Helper()
	for _, c := range b.Cookies() {
		if strings.HasSuffix(c.Name, "wallaroo-user-admin") {
			return c.Value
		}
	}
	return ""
}

// MustHaveSession checks that the session with this id lives, and is the browser's.
func (b *Browser) MustHaveSession(id string) {
	b.T.Helper()
	if p := b.NoRedirects().Get(b.Site + "/sessions"); p.Status != http.StatusOK {
		b.T.Errorf("the session has ended: %d to %q", p.Status, p.Header.Get("Location"))
	}
	if now := b.SessionID(); now != id || id == "" {
		b.T.Errorf("the session was %q and is %q", id, now)
	}
}

// MustBeSignedOut checks that the browser has no session, whatever its cookie says.
func (b *Browser) MustBeSignedOut() {
	b.T.Helper()
	p := b.NoRedirects().Get(b.Site + "/sessions")
	if to := p.Header.Get("Location"); p.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/login?") {
		b.T.Errorf("the session lives on: %d to %q", p.Status, to)
	}
}
