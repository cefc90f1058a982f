package app_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"wallaroo-user-admin/internal/demo"
)

// Titles of the pages that a sign-in can end with.
const (
	notWorked     = "The sign-in did not work"
	refusedThere  = "The identity provider refused the sign-in"
	doesNotAnswer = "The identity provider does not answer"
	noSense       = "This request makes no sense"
)

// countSessions counts those in a dashboard's database.
func countSessions(t *testing.T, file string) (n int) {
	t.Helper()
	if err := openFile(t, file).QueryRowContext(t.Context(), `SELECT count(*) FROM sessions`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// recorded is start with a database that can be looked into.
func recorded(t *testing.T, o demo.Options, settings ...setting) (s *stack, sessions func() int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sessions.db")
	s = start(t, o, append(settings, with("DATABASE_URL", "sqlite:"+file))...)
	s.direct("/healthz") // it has a database by then
	return s, func() int { return countSessions(t, file) }
}

// fault makes the stand-in misbehave until that is over.
func (s *stack) fault(endpoint string, how map[string]any) {
	s.t.Helper()
	f := maps.Clone(how)
	f["endpoint"] = endpoint
	s.control(http.MethodPost, "faults", f)
}

func (s *stack) faultless() { s.control(http.MethodDelete, "faults", nil) }

// isList reports whether a page is the list of users.
func (p page) isList(s *stack) bool {
	return p.status == http.StatusOK && p.url.Path == "/users" && p.url.Host == s.host()
}

// title is a page's heading.
func (p page) title() string {
	heading := find(p.doc, func(n *html.Node) bool { return n.Data == "h1" })
	if heading == nil {
		return ""
	}
	return page{doc: heading}.text()
}

// callbackOf signs in at the provider, and stops where that sends the browser back.
func (b *browser) callbackOf(path, who string) *url.URL {
	b.t.Helper()
	form := b.get(b.site + path)
	b.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	defer func() { b.client.CheckRedirect = nil }()
	p := b.submit(form, "username", who, "password", demo.Password)
	callback, err := url.Parse(p.header.Get("Location"))
	if err != nil || callback.Query().Get("state") == "" {
		b.t.Fatalf("%d to %q: %s", p.status, p.header.Get("Location"), p.text())
	}
	return callback
}

// changed is an address with some of its parameters changed, in pairs; an empty value removes one.
func changed(u *url.URL, parameters ...string) string {
	q := u.Query()
	for i := 0; i+1 < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
		if parameters[i+1] == "" {
			q.Del(parameters[i])
		}
	}
	other := *u
	other.RawQuery = q.Encode()
	return other.String()
}

// secretsOf are what a callback carries.
func secretsOf(callback *url.URL) []string {
	return []string{callback.Query().Get("code"), callback.Query().Get("state")}
}

// mustTell holds an answer to its status and title, and sees that neither it nor the log has anything secret.
func (s *stack) mustTell(t *testing.T, p page, status int, title string, secrets ...string) {
	t.Helper()
	if p.status != status || p.title() != title || p.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %q, %q: %s", p.status, p.title(), p.header.Get("Cache-Control"), p.text())
	}
	log := s.log.String()
	for _, secret := range append(secrets, "the-client-secret", "center>nginx", "code_verifier") {
		for _, piece := range strings.Split(secret, ".") {
			if len(piece) > 10 && (strings.Contains(p.body, piece) || strings.Contains(log, piece)) {
				t.Errorf("the page or the log has %q", piece)
			}
		}
	}
}

// mustHaveNoSession sees that the browser has been given none.
func (b *browser) mustHaveNoSession(t *testing.T) {
	t.Helper()
	home, err := url.Parse(b.site)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(home) {
		if c.Name == "wallaroo-user-admin" {
			t.Error("there is a cookie of a session")
		}
	}
	once := *b.client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	same := &browser{stack: b.stack, client: &once}
	if p := same.get(b.site + "/users"); p.status != http.StatusSeeOther || !strings.HasPrefix(p.header.Get("Location"), "/login?") {
		t.Errorf("there is a session: %d %s", p.status, p.text())
	}
}

// A callback that does not belong to a sign-in of this browser, or not to this provider, or that says no.
func TestSec02_04_05_07_08_ACallbackThatDoesNotFitSignsNobodyIn(t *testing.T) {
	s, sessions := recorded(t, demo.Options{Users: 5})
	const words = "<b>call 0800</b>"
	for name, row := range map[string]struct {
		// spoil makes of the callback what comes, in a browser whose sign-in it is.
		spoil  func(callback *url.URL) string
		title  string
		tokens int // calls
	}{
		"another state":          {func(u *url.URL) string { return changed(u, "state", "another") }, notWorked, 0},
		"no state":               {func(u *url.URL) string { return changed(u, "state", "") }, noSense, 0},
		"no code":                {func(u *url.URL) string { return changed(u, "code", "") }, noSense, 0},
		"a code that is made up": {func(u *url.URL) string { return changed(u, "code", "made-up") }, notWorked, 1},
		"two codes":              {func(u *url.URL) string { return u.String() + "&code=another" }, noSense, 0},
		"another issuer":         {func(u *url.URL) string { return changed(u, "iss", "https://evil.example") }, notWorked, 0},
		"no issuer":              {func(u *url.URL) string { return changed(u, "iss", "") }, notWorked, 0},
		"an error":               {func(u *url.URL) string { return changed(u, "code", "", "error", "access_denied") }, refusedThere, 0},
		"an error beside a code": {func(u *url.URL) string { return changed(u, "error", "access_denied") }, refusedThere, 0},
		"an error with words":    {func(u *url.URL) string { return changed(u, "error", "x", "error_description", words) }, refusedThere, 0},
		"an error, another state": {func(u *url.URL) string {
			return changed(u, "error", "x", "error_description", words, "state", "another")
		}, notWorked, 0},
		"an error, no state": {func(u *url.URL) string { return changed(u, "error", "x", "error_description", words, "state", "") }, noSense, 0},
	} {
		t.Run(name, func(t *testing.T) {
			before, asked := sessions(), len(s.requests("token"))
			b := s.browser()
			callback := b.callbackOf("/users", demo.AdminEmail)
			p := b.get(row.spoil(callback))
			b.mustTell(t, p, http.StatusBadRequest, row.title, secretsOf(callback)...)
			b.mustHaveNoSession(t)
			if strings.Contains(p.body, words) || strings.Contains(p.text(), words) != strings.HasSuffix(name, "with words") {
				t.Errorf("the provider's words: %s", p.text())
			}
			if n := len(s.requests("token")) - asked; n != row.tokens || sessions() != before {
				t.Errorf("%d token calls, %d sessions more", n, sessions()-before)
			}
			if p := b.get(s.site + "/users"); !p.isList(s) {
				t.Errorf("begun again: %d %s", p.status, p.text())
			}
		})
	}
}

func TestSec02_07_ACallbackCountsOnce(t *testing.T) {
	s, sessions := recorded(t, demo.Options{Users: 5})
	b := s.browser()
	callback := b.callbackOf("/users", demo.AdminEmail)
	if p := b.get(callback.String()); !p.isList(s) {
		t.Fatalf("%d %s", p.status, p.text())
	}
	t.Run("its state, in the browser that used it", func(t *testing.T) {
		b.mustTell(t, b.get(callback.String()), http.StatusBadRequest, notWorked, secretsOf(callback)...)
		if p := b.get(s.site + "/users"); !p.isList(s) || sessions() != 1 {
			t.Errorf("the session that there was: %d %s, %d sessions", p.status, p.url, sessions())
		}
	})
	t.Run("its code, in a sign-in of another browser", func(t *testing.T) {
		other := s.browser()
		begun := other.callbackOf("/users", demo.AdminEmail)
		p := other.get(changed(begun, "code", callback.Query().Get("code")))
		other.mustTell(t, p, http.StatusBadRequest, notWorked, append(secretsOf(callback), secretsOf(begun)...)...)
		other.mustHaveNoSession(t)
	})
	t.Run("a fresh code, in a sign-in of another browser", func(t *testing.T) {
		thief, victim := s.browser(), s.browser()
		stolen, begun := victim.callbackOf("/users", demo.AdminEmail), thief.callbackOf("/users", demo.AdminEmail)
		p := thief.get(changed(begun, "code", stolen.Query().Get("code")))
		thief.mustTell(t, p, http.StatusBadRequest, notWorked, append(secretsOf(stolen), secretsOf(begun)...)...)
		thief.mustHaveNoSession(t)
	})
}

func TestSec04_ACallbackOfAnotherBrowserSignsNobodyInThroughTheRouter(t *testing.T) {
	s, sessions := recorded(t, demo.Options{Users: 5})
	for name, begun := range map[string]bool{"a browser with a sign-in of its own": true, "a browser without one": false} {
		t.Run(name, func(t *testing.T) {
			asked := len(s.requests("token"))
			attacker, victim := s.browser(), s.browser()
			callback := attacker.callbackOf("/users", demo.AdminEmail)
			if begun {
				victim.callbackOf("/users", demo.AdminEmail)
			}
			victim.mustTell(t, victim.get(callback.String()), http.StatusBadRequest, notWorked, secretsOf(callback)...)
			victim.mustHaveNoSession(t)
			if n := len(s.requests("token")) - asked; n != 0 || sessions() != 0 {
				t.Errorf("%d token calls, %d sessions", n, sessions())
			}
		})
	}
}

func TestSec14_KeysRotateBetweenTwoSignInsAndInMidSession(t *testing.T) {
	s, h := startHostile(t) // whose key set has a key of unknown kind as well
	first := s.signedIn(demo.AdminEmail)
	s.control(http.MethodPost, "rotate-keys", map[string]any{"drop": true})
	second := s.signedIn(demo.AdminEmail)
	s.control(http.MethodPost, "rotate-keys", map[string]any{"drop": true})
	path, signIns, renewals := "/users/"+s.userID(demo.AdminEmail), len(s.requests("auth")), len(s.requests("token"))
	for _, b := range []*browser{first, second} {
		// The API wants another token, which is signed by the third key, or by the one before it.
		s.fault("query", map[string]any{"status": http.StatusUnauthorized, "times": 1})
		if p := b.get(s.site + path); p.status != http.StatusOK || p.url.Path != path {
			t.Errorf("%d %s %s", p.status, p.url, p.text())
		}
	}
	if n, m := len(s.requests("auth"))-signIns, len(s.requests("token"))-renewals; n != 0 || m != 2 || h.sessions() != 2 {
		t.Errorf("%d sign-ins, %d renewals, %d sessions", n, m, h.sessions())
	}
}

// tokenFaults are what a token endpoint, or a key set, can do in place of an answer.
var tokenFaults = map[string]map[string]any{
	"fails":            {"status": http.StatusInternalServerError},
	"has gone":         {"status": http.StatusBadGateway, "body": "html"},
	"limits its rate":  {"status": http.StatusTooManyRequests},
	"answers HTML":     {"body": "html"},
	"answers nothing":  {"body": "empty"},
	"breaks off":       {"body": "truncated"},
	"answers 272 MB":   {"body": "huge"},
	"answers a list":   {"body": "raw", "raw": `["access_token"]`},
	"answers no token": {"body": "raw", "raw": `{}`},
	"resets":           {"body": "reset"},
}

// mustFail comes back from a provider with a fault, and sees that it gives a page and nothing else.
func (b *browser) mustFail(t *testing.T, callback *url.URL, sessions func() int) page {
	t.Helper()
	before := sessions()
	p := b.get(callback.String())
	b.mustTell(t, p, http.StatusServiceUnavailable, doesNotAnswer, secretsOf(callback)...)
	b.mustHaveNoSession(t)
	if n := sessions() - before; n != 0 {
		t.Errorf("%d sessions more", n)
	}
	return p
}

func TestSec20_22_ATokenEndpointThatFailsIsAPageAndTheNextSignInWorks(t *testing.T) {
	s, sessions := recorded(t, demo.Options{Users: 5})
	for name, how := range tokenFaults {
		t.Run(name, func(t *testing.T) {
			b := s.browser()
			callback := b.callbackOf("/users", demo.AdminEmail)
			asked := len(s.requests("token"))
			s.fault("token", how)
			b.mustFail(t, callback, sessions)
			if n := len(s.requests("token")) - asked; n != 1 {
				t.Errorf("the code was sent %d times", n)
			}
			s.faultless()
			if p := b.get(s.site + "/users"); !p.isList(s) {
				t.Errorf("begun again: %d %s", p.status, p.text())
			}
		})
	}
}

func TestSec22_AKeySetThatFailsIsAPageAndTheNextSignInWorks(t *testing.T) {
	s, sessions := recorded(t, demo.Options{Users: 5})
	for name, how := range tokenFaults { // no key has been read before the last of them is over
		t.Run(name, func(t *testing.T) {
			b := s.browser()
			callback := b.callbackOf("/users", demo.AdminEmail)
			s.fault("certs", how)
			b.mustFail(t, callback, sessions)
			s.faultless()
		})
	}
	s.signedIn(demo.AdminEmail)
}

func TestSec21_ATokenEndpointThatSendsElsewhereIsNotFollowed(t *testing.T) {
	var reached atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(trap.Close)
	s, sessions := recorded(t, demo.Options{Users: 5})
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			b := s.browser()
			callback := b.callbackOf("/users", demo.AdminEmail)
			s.fault("token", map[string]any{"status": status, "headers": map[string]string{"Location": trap.URL}})
			b.mustFail(t, callback, sessions)
			s.faultless()
		})
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

// limitOf is what such answers are waited for: a good one comes within it, on a busy machine as well.
const limitOf = 3 * time.Second

// All at once, so that this takes the time of one.
func TestSec20_22_ATokenEndpointThatTakesTooLongIsAPageThenLeftAloneAndThenAskedAgain(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]map[string]any{"hangs": {"latency": "1m"}, "drips": {"body": "drip", "latency": "500ms"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, sessions := recorded(t, demo.Options{Users: 5}, with("UPSTREAM_TIMEOUT", limitOf.String()))
			const many = 5
			type visit struct {
				*browser
				callback *url.URL
			}
			var visits []visit
			for range many + 1 {
				b := s.browser()
				visits = append(visits, visit{b, b.callbackOf("/users", demo.AdminEmail)})
			}
			s.fault("token", how)
			var held sync.WaitGroup
			for _, v := range visits[:many] {
				held.Go(func() { v.mustFail(t, v.callback, sessions) })
			}
			held.Wait()
			began := time.Now()
			last := visits[many]
			p := last.mustFail(t, last.callback, sessions)
			if took := time.Since(began); took > limitOf/2 || p.header.Get("Retry-After") != "5" || len(s.requests("token")) != many {
				t.Errorf("after %s, Retry-After %q, %d token calls", took, p.header.Get("Retry-After"), len(s.requests("token")))
			}
			s.faultless()
			for deadline := time.Now().Add(time.Minute); ; {
				p := last.get(s.site + "/users")
				if p.isList(s) {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("it is not asked again: %d %s", p.status, p.text())
				}
				time.Sleep(100 * time.Millisecond)
			}
		})
	}
}

func TestSec19_22_AProviderThatIsDownAtTheStartIsFoundOnceItIsBack(t *testing.T) {
	s, sessions := recorded(t, demo.Options{Users: 5})
	for name, how := range map[string]map[string]any{
		"down":           {"status": http.StatusServiceUnavailable},
		"resets":         {"body": "reset"},
		"another's page": {"body": "html"},
	} {
		t.Run(name, func(t *testing.T) {
			s.fault("discovery", how)
			b := s.browser()
			p := b.get(s.site + "/users")
			b.mustTell(t, p, http.StatusServiceUnavailable, doesNotAnswer)
			b.mustHaveNoSession(t)
			// The page's own way on works once it is back.
			s.faultless()
			again := find(p.doc, func(n *html.Node) bool { return n.Data == "a" && strings.HasPrefix(attribute(n, "href"), "/login") })
			if again == nil || sessions() != 0 {
				t.Fatalf("no way on in %s, %d sessions", p.text(), sessions())
			}
		})
	}
	if p := s.browser().signIn("/users", demo.AdminEmail); !p.isList(s) {
		t.Errorf("%d %s", p.status, p.text())
	}
}
