package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// once is the same browser, but follows no redirect: who has lost the session is not signed in again unseen, by the
// provider's own session.
func (b *browser) once() *browser {
	client := *b.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{stack: b.stack, client: &client}
}

// sessionID is what the browser's cookie of the session says, "" without one.
func (b *browser) sessionID() string {
	b.t.Helper()
	site, err := url.Parse(b.site)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(site) {
		if strings.HasSuffix(c.Name, "wallaroo-user-admin") {
			return c.Value
		}
	}
	return ""
}

// mustStillBe sees that the session with this id lives, and is the browser's.
func (b *browser) mustStillBe(id string) {
	b.t.Helper()
	if p := b.once().get(b.site + "/sessions"); p.status != http.StatusOK {
		b.t.Errorf("the session has ended: %d to %q", p.status, p.header.Get("Location"))
	}
	if now := b.sessionID(); now != id || id == "" {
		b.t.Errorf("the session was %q and is %q", id, now)
	}
}

// mustBeOut sees that the browser has no session, whatever its cookie says.
func (b *browser) mustBeOut() {
	b.t.Helper()
	p := b.once().get(b.site + "/sessions")
	if to := p.header.Get("Location"); p.status != http.StatusSeeOther || !strings.HasPrefix(to, "/login?") {
		b.t.Errorf("the session lives on: %d to %q", p.status, to)
	}
}

// loaded are the files that a page loads.
func loaded(p page) (all []string) {
	each(p.doc, func(n *html.Node) {
		for _, name := range []string{"src", "href"} {
			if file := attribute(n, name); n.Data != "a" && strings.HasPrefix(file, "/static/") && !slices.Contains(all, file) {
				all = append(all, file)
			}
		}
	})
	return all
}
