package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// untilTooMany repeats a request until it is answered with 429, which must happen after n times, and returns that
// answer. All before must have the given status.
func untilTooMany(t *testing.T, times, status int, ask func() harness.Page) harness.Page {
	t.Helper()
	for n := range times {
		if p := ask(); p.Status != status {
			t.Fatalf("request %d of %d: %d %s", n+1, times, p.Status, p.Text())
		}
	}
	p := ask()
	if p.Status != http.StatusTooManyRequests {
		t.Fatalf("after %d requests: %d %s", times, p.Status, p.Text())
	}
	if wait, err := strconv.Atoi(p.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 61+60/times {
		t.Errorf("Retry-After: %q", p.Header.Get("Retry-After"))
	}
	return p
}

func mustSayWhen(t *testing.T, p harness.Page) {
	t.Helper()
	seconds := p.Header.Get("Retry-After") + " seconds"
	if seconds == "1 seconds" {
		seconds = "1 second"
	}
	for _, want := range []string{"Too many requests", "Try again in " + seconds + ".", "Nothing was changed."} {
		if !strings.Contains(p.Text(), want) {
			t.Errorf("the page doesn't say %q: %s", want, p.Text())
		}
	}
}

func TestSec32_ChangesOfOneAdministratorAreLimitedAndOfOthersNot(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b, same, other := s.SignedIn(demo.AdminEmail), s.SignedIn(demo.AdminEmail), s.SignedIn(demo.SecondAdminEmail)
	change := func(b *harness.Browser) func() harness.Page {
		return func() harness.Page {
			return b.Post("/invite", url.Values{"key": {"k"}, "email": {"no address"}, "pw": {"auto"}})
		}
	}
	mustSayWhen(t, untilTooMany(t, 240, http.StatusUnprocessableEntity, change(b)))
	if p := change(same)(); p.Status != http.StatusTooManyRequests {
		t.Errorf("the same administrator in another browser: %d", p.Status)
	}
	if p := change(other)(); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("another administrator: %d %s", p.Status, p.Text())
	}
	if p := b.Get(s.Site + "/users"); p.Status != http.StatusOK {
		t.Errorf("a page: %d %s", p.Status, p.Text())
	}
	if p := b.Post("/logout", url.Values{}); p.Status != http.StatusOK {
		t.Errorf("signing out: %d %s", p.Status, p.Text())
	}
}

func TestSec32_ExportsOfOneAdministratorAreLimitedAndOfOthersNot(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b, other := s.SignedIn(demo.AdminEmail), s.SignedIn(demo.SecondAdminEmail)
	format := "csv"
	mustSayWhen(t, untilTooMany(t, 30, http.StatusOK, func() harness.Page { // of both kinds together
		format = map[string]string{"csv": "json", "json": "csv"}[format]
		// What another site asks for spends nothing.
		if p := b.Get(s.Site+"/users."+format, "Sec-Fetch-Site", "cross-site"); p.Status != http.StatusForbidden {
			t.Errorf("from another site: %d", p.Status)
		}
		return b.Get(s.Site + "/users." + format)
	}))
	if n := countExports(b); n != 30 {
		t.Errorf("%d are written down", n)
	}
	if p := other.Get(s.Site + "/users.csv"); p.Status != http.StatusOK {
		t.Errorf("another administrator: %d %s", p.Status, p.Text())
	}
	if p := b.Get(s.Site + "/users"); p.Status != http.StatusOK {
		t.Errorf("a page: %d %s", p.Status, p.Text())
	}
}

// from sends requests as a client that a trusted proxy names.
func doFrom(b *harness.Browser, address, method, path string, form url.Values) harness.Page {
	b.T.Helper()
	return b.Do(method, b.Site+path, form, "X-Forwarded-For", address)
}

func TestSec32_SignInsFromOneAddressAreLimitedAndFromOthersNot(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5}, harness.With("TRUSTED_PROXIES", "127.0.0.0/8"))
	b, other := s.NewBrowser().NoRedirects(), s.SignedIn(demo.AdminEmail).NoRedirects()
	mustSayWhen(t, untilTooMany(t, 300, http.StatusSeeOther, func() harness.Page { return doFrom(b, "203.0.113.1", http.MethodGet, "/login", nil) }))
	if p := doFrom(b, "203.0.113.1", http.MethodGet, "/callback?state=x&code=y", nil); p.Status != http.StatusTooManyRequests {
		t.Errorf("the callback: %d", p.Status)
	}
	if p := doFrom(b, "203.0.113.2", http.MethodGet, "/login", nil); p.Status != http.StatusSeeOther {
		t.Errorf("from another address: %d %s", p.Status, p.Text())
	}
	if p := doFrom(other, "203.0.113.1", http.MethodGet, "/users", nil); p.Status != http.StatusOK {
		t.Errorf("who is signed in at the same address: %d %s", p.Status, p.Text())
	}
}

func TestSec32_BackChannelSignOutsFromOneAddressAreLimitedAndFromOthersNot(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5}, harness.With("TRUSTED_PROXIES", "127.0.0.0/8"))
	b := s.NewBrowser()
	ask := func(address string) harness.Page {
		return doFrom(b, address, http.MethodPost, "/backchannel-logout", url.Values{"logout_token": {"x"}})
	}
	untilTooMany(t, 600, http.StatusBadRequest, func() harness.Page { return ask("203.0.113.1") })
	if p := ask("203.0.113.2"); p.Status != http.StatusBadRequest {
		t.Errorf("from another address: %d %s", p.Status, p.Text())
	}
	if p := doFrom(b.NoRedirects(), "203.0.113.1", http.MethodGet, "/login", nil); p.Status != http.StatusSeeOther {
		t.Errorf("a sign-in from the same address: %d %s", p.Status, p.Text())
	}
}

// Behind an ingress that is not a trusted proxy, strangers and the provider have one address.
func TestSec49_ForgedLogoutTokensDoNotBlockTheProvidersLogout(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b, stranger := s.SignedIn(demo.AdminEmail), s.NewBrowser()
	untilTooMany(t, 600, http.StatusBadRequest, func() harness.Page {
		return stranger.Do(http.MethodPost, s.Site+"/backchannel-logout", url.Values{"logout_token": {"x"}})
	})
	refused := strings.Count(s.Log.String(), "back-channel logout refused")
	stranger.Do(http.MethodPost, s.Site+"/backchannel-logout", url.Values{"logout_token": {"x"}})
	if n := strings.Count(s.Log.String(), "back-channel logout refused"); n != 600 || n != refused {
		t.Errorf("%d refusals in the log, then %d", refused, n)
	}
	for range 2 { // it costs the provider nothing
		answer := s.Control(http.MethodPost, "end-session", map[string]any{"sub": s.UserID(demo.AdminEmail), "withoutSid": true})
		if !strings.Contains(string(answer), `"status":200`) {
			t.Errorf("the provider is told %s", answer)
		}
	}
	if p := b.Get(s.Site + "/users"); p.URL.Host == s.Host() {
		t.Errorf("the session lives on: %d %s", p.Status, p.URL)
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
