package app_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
)

// untilTooMany asks until it is refused with 429, which it has to be after so many times, and gives that answer. All
// before have to be answered with a status.
func untilTooMany(t *testing.T, times, status int, ask func() page) page {
	t.Helper()
	for n := range times {
		if p := ask(); p.status != status {
			t.Fatalf("request %d of %d: %d %s", n+1, times, p.status, p.text())
		}
	}
	p := ask()
	if p.status != http.StatusTooManyRequests {
		t.Fatalf("after %d requests: %d %s", times, p.status, p.text())
	}
	if wait, err := strconv.Atoi(p.header.Get("Retry-After")); err != nil || wait < 1 || wait > 61+60/times {
		t.Errorf("Retry-After: %q", p.header.Get("Retry-After"))
	}
	return p
}

func (p page) mustSayWhen(t *testing.T) {
	t.Helper()
	seconds := p.header.Get("Retry-After") + " seconds"
	if seconds == "1 seconds" {
		seconds = "1 second"
	}
	for _, want := range []string{"Too many requests", "Try again in " + seconds + ".", "Nothing was changed."} {
		if !strings.Contains(p.text(), want) {
			t.Errorf("the page doesn't say %q: %s", want, p.text())
		}
	}
}

func TestSec32_ChangesOfOneAdministratorAreLimitedAndOfOthersNot(t *testing.T) {
	s := start(t, demo.Options{Users: 5})
	b, same, other := s.signedIn(demo.AdminEmail), s.signedIn(demo.AdminEmail), s.signedIn(demo.SecondAdminEmail)
	change := func(b *browser) func() page {
		return func() page {
			return b.post("/invite", url.Values{"key": {"k"}, "email": {"no address"}, "pw": {"auto"}})
		}
	}
	untilTooMany(t, 240, http.StatusUnprocessableEntity, change(b)).mustSayWhen(t)
	if p := change(same)(); p.status != http.StatusTooManyRequests {
		t.Errorf("the same administrator in another browser: %d", p.status)
	}
	if p := change(other)(); p.status != http.StatusUnprocessableEntity {
		t.Errorf("another administrator: %d %s", p.status, p.text())
	}
	if p := b.get(s.site + "/users"); p.status != http.StatusOK {
		t.Errorf("a page: %d %s", p.status, p.text())
	}
	if p := b.post("/logout", url.Values{}); p.status != http.StatusOK {
		t.Errorf("signing out: %d %s", p.status, p.text())
	}
}

func TestSec32_ExportsOfOneAdministratorAreLimitedAndOfOthersNot(t *testing.T) {
	s := start(t, demo.Options{Users: 5})
	b, other := s.signedIn(demo.AdminEmail), s.signedIn(demo.SecondAdminEmail)
	format := "csv"
	untilTooMany(t, 30, http.StatusOK, func() page { // of both kinds together
		format = map[string]string{"csv": "json", "json": "csv"}[format]
		// What another site asks for spends nothing.
		if p := b.get(s.site+"/users."+format, "Sec-Fetch-Site", "cross-site"); p.status != http.StatusForbidden {
			t.Errorf("from another site: %d", p.status)
		}
		return b.get(s.site + "/users." + format)
	}).mustSayWhen(t)
	if n := b.exports(); n != 30 {
		t.Errorf("%d are written down", n)
	}
	if p := other.get(s.site + "/users.csv"); p.status != http.StatusOK {
		t.Errorf("another administrator: %d %s", p.status, p.text())
	}
	if p := b.get(s.site + "/users"); p.status != http.StatusOK {
		t.Errorf("a page: %d %s", p.status, p.text())
	}
}

// from asks as a client that a trusted proxy names.
func (b *browser) from(address, method, path string, form url.Values) page {
	b.t.Helper()
	return b.do(method, b.site+path, form, "X-Forwarded-For", address)
}

func TestSec32_SignInsFromOneAddressAreLimitedAndFromOthersNot(t *testing.T) {
	s := start(t, demo.Options{Users: 5}, with("TRUSTED_PROXIES", "127.0.0.0/8"))
	b, other := s.browser(), s.signedIn(demo.AdminEmail)
	for _, who := range []*browser{b, other} {
		who.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	untilTooMany(t, 300, http.StatusSeeOther, func() page { return b.from("203.0.113.1", http.MethodGet, "/login", nil) }).mustSayWhen(t)
	if p := b.from("203.0.113.1", http.MethodGet, "/callback?state=x&code=y", nil); p.status != http.StatusTooManyRequests {
		t.Errorf("the callback: %d", p.status)
	}
	if p := b.from("203.0.113.2", http.MethodGet, "/login", nil); p.status != http.StatusSeeOther {
		t.Errorf("from another address: %d %s", p.status, p.text())
	}
	if p := other.from("203.0.113.1", http.MethodGet, "/users", nil); p.status != http.StatusOK {
		t.Errorf("who is signed in at the same address: %d %s", p.status, p.text())
	}
}

func TestSec32_BackChannelSignOutsFromOneAddressAreLimitedAndFromOthersNot(t *testing.T) {
	s := start(t, demo.Options{Users: 5}, with("TRUSTED_PROXIES", "127.0.0.0/8"))
	b := s.browser()
	ask := func(address string) page {
		return b.from(address, http.MethodPost, "/backchannel-logout", url.Values{"logout_token": {"x"}})
	}
	untilTooMany(t, 600, http.StatusBadRequest, func() page { return ask("203.0.113.1") })
	if p := ask("203.0.113.2"); p.status != http.StatusBadRequest {
		t.Errorf("from another address: %d %s", p.status, p.text())
	}
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if p := b.from("203.0.113.1", http.MethodGet, "/login", nil); p.status != http.StatusSeeOther {
		t.Errorf("a sign-in from the same address: %d %s", p.status, p.text())
	}
}

// Behind an ingress that nobody has named, strangers and the provider come from one address.
func TestSec49_StrangersDontKeepOutTheProvidersLogout(t *testing.T) {
	s := start(t, demo.Options{Users: 5})
	b, stranger := s.signedIn(demo.AdminEmail), s.browser()
	untilTooMany(t, 600, http.StatusBadRequest, func() page {
		return stranger.do(http.MethodPost, s.site+"/backchannel-logout", url.Values{"logout_token": {"x"}})
	})
	refused := strings.Count(s.log.String(), "back-channel logout refused")
	stranger.do(http.MethodPost, s.site+"/backchannel-logout", url.Values{"logout_token": {"x"}})
	if n := strings.Count(s.log.String(), "back-channel logout refused"); n != 600 || n != refused {
		t.Errorf("%d refusals in the log, then %d", refused, n)
	}
	for range 2 { // it costs the provider nothing
		answer := s.control(http.MethodPost, "end-session", map[string]any{"sub": s.userID(demo.AdminEmail), "withoutSid": true})
		if !strings.Contains(string(answer), `"status":200`) {
			t.Errorf("the provider is told %s", answer)
		}
	}
	if p := b.get(s.site + "/users"); p.url.Host == s.host() {
		t.Errorf("the session lives on: %d %s", p.status, p.url)
	}
}

func TestSec59_AStartWarnsThatAllVisitorsBehindAnIngressShareALimit(t *testing.T) {
	const public, warning = "https://admin.example.com", "TRUSTED_PROXIES is empty"
	for name, row := range map[string]struct {
		settings []setting
		warns    int
	}{
		"https, no proxy named": {[]setting{with("PUBLIC_URL", public)}, 1},
		"https, a proxy named":  {[]setting{with("PUBLIC_URL", public), with("TRUSTED_PROXIES", "10.0.0.0/8")}, 0},
		"http on loopback":      {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, demo.Options{Users: 5}, row.settings...)
			for range 2 {
				s.direct("/login") // it has started
			}
			if log := s.log.String(); strings.Count(log, warning) != row.warns || row.warns > 0 && !strings.Contains(log, `"WARN"`) {
				t.Errorf("the log: %s", log)
			}
		})
	}
}
