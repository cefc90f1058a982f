package handlers_test

import (
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
	"wallaroo-user-admin/internal/testing/harness"
)

// Titles of the pages that a sign-in can end with.
const (
	notWorked     = "The sign-in did not work"
	refusedThere  = "The identity provider refused the sign-in"
	doesNotAnswer = "The identity provider does not answer"
	noSense       = "This request makes no sense"
)

// countSessions counts the sessions in a dashboard's database.
func countSessions(t *testing.T, file string) (n int) {
	t.Helper()
	if err := harness.OpenSQLite(t, file).QueryRowContext(t.Context(), `SELECT count(*) FROM sessions`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// recorded is start with a database that the test can read.
func recorded(t *testing.T, o demo.Options, settings ...harness.Setting) (s *harness.Stack, sessions func() int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sessions.db")
	s = harness.Start(t, o, append(settings, harness.With("DATABASE_URL", "sqlite:"+file))...)
	s.Direct("/healthz") // it has a database by then
	return s, func() int { return countSessions(t, file) }
}

// isList reports whether a page is the list of users.
func isList(p harness.Page, s *harness.Stack) bool {
	return p.Status == http.StatusOK && p.URL.Path == "/users" && p.URL.Host == s.Host()
}

// callbackOf signs in at the provider and returns the callback URL to which it redirects.
func callbackOf(b *harness.Browser, path, who string) *url.URL {
	b.T.Helper()
	form := b.Get(b.Site + path)
	b.Client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	defer func() { b.Client.CheckRedirect = nil }()
	p := b.Submit(form, "username", who, "password", demo.Password)
	callback, err := url.Parse(p.Header.Get("Location"))
	if err != nil || callback.Query().Get("state") == "" {
		b.T.Fatalf("%d to %q: %s", p.Status, p.Header.Get("Location"), p.Text())
	}
	return callback
}

// changed returns a URL with some parameters changed, in pairs; an empty value removes one.
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

// secretsOf returns the secrets of a callback URL.
func secretsOf(callback *url.URL) []string {
	return []string{callback.Query().Get("code"), callback.Query().Get("state")}
}

// mustTell checks an answer's status and title, and that neither it nor the log contains a secret.
func mustTell(t *testing.T, s *harness.Stack, p harness.Page, status int, title string, secrets ...string) {
	t.Helper()
	if p.Status != status || p.Title() != title || p.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %q, %q: %s", p.Status, p.Title(), p.Header.Get("Cache-Control"), p.Text())
	}
	log := s.Log.String()
	for _, secret := range append(secrets, "the-client-secret", "center>nginx", "code_verifier") {
		for _, piece := range strings.Split(secret, ".") {
			if len(piece) > 10 && (strings.Contains(p.Body, piece) || strings.Contains(log, piece)) {
				t.Errorf("the page or the log has %q", piece)
			}
		}
	}
}

// mustHaveNoSession checks that the browser has no session.
func mustHaveNoSession(t *testing.T, b *harness.Browser) {
	t.Helper()
	if b.SessionID() != "" {
		t.Error("there is a cookie of a session")
	}
	if p := b.NoRedirects().Get(b.Site + "/users"); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Header.Get("Location"), "/login?") {
		t.Errorf("there is a session: %d %s", p.Status, p.Text())
	}
}

// Callbacks that do not belong to a sign-in of this browser or to this provider, or that report an error.
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
			before, asked := sessions(), len(s.Requests("token"))
			b := s.NewBrowser()
			callback := callbackOf(b, "/users", demo.AdminEmail)
			p := b.Get(row.spoil(callback))
			mustTell(t, b.Stack, p, http.StatusBadRequest, row.title, secretsOf(callback)...)
			mustHaveNoSession(t, b)
			if strings.Contains(p.Body, words) || strings.Contains(p.Text(), words) != strings.HasSuffix(name, "with words") {
				t.Errorf("the provider's words: %s", p.Text())
			}
			if n := len(s.Requests("token")) - asked; n != row.tokens || sessions() != before {
				t.Errorf("%d token calls, %d sessions more", n, sessions()-before)
			}
			if p := b.Get(s.Site + "/users"); !isList(p, s) {
				t.Errorf("begun again: %d %s", p.Status, p.Text())
			}
		})
	}
}

func TestSec02_07_ACallbackCountsOnce(t *testing.T) {
	s, sessions := recorded(t, demo.Options{Users: 5})
	b := s.NewBrowser()
	callback := callbackOf(b, "/users", demo.AdminEmail)
	if p := b.Get(callback.String()); !isList(p, s) {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	t.Run("its state, in the browser that used it", func(t *testing.T) {
		mustTell(t, b.Stack, b.Get(callback.String()), http.StatusBadRequest, notWorked, secretsOf(callback)...)
		if p := b.Get(s.Site + "/users"); !isList(p, s) || sessions() != 1 {
			t.Errorf("the session that there was: %d %s, %d sessions", p.Status, p.URL, sessions())
		}
	})
	t.Run("its code, in a sign-in of another browser", func(t *testing.T) {
		other := s.NewBrowser()
		begun := callbackOf(other, "/users", demo.AdminEmail)
		p := other.Get(changed(begun, "code", callback.Query().Get("code")))
		mustTell(t, other.Stack, p, http.StatusBadRequest, notWorked, append(secretsOf(callback), secretsOf(begun)...)...)
		mustHaveNoSession(t, other)
	})
	t.Run("a fresh code, in a sign-in of another browser", func(t *testing.T) {
		thief, victim := s.NewBrowser(), s.NewBrowser()
		stolen, begun := callbackOf(victim, "/users", demo.AdminEmail), callbackOf(thief, "/users", demo.AdminEmail)
		p := thief.Get(changed(begun, "code", stolen.Query().Get("code")))
		mustTell(t, thief.Stack, p, http.StatusBadRequest, notWorked, append(secretsOf(stolen), secretsOf(begun)...)...)
		mustHaveNoSession(t, thief)
	})
}

func TestSec04_ACallbackOfAnotherBrowserSignsNobodyInThroughTheRouter(t *testing.T) {
	s, sessions := recorded(t, demo.Options{Users: 5})
	for name, begun := range map[string]bool{"a browser with a sign-in of its own": true, "a browser without one": false} {
		t.Run(name, func(t *testing.T) {
			asked := len(s.Requests("token"))
			attacker, victim := s.NewBrowser(), s.NewBrowser()
			callback := callbackOf(attacker, "/users", demo.AdminEmail)
			if begun {
				callbackOf(victim, "/users", demo.AdminEmail)
			}
			mustTell(t, victim.Stack, victim.Get(callback.String()), http.StatusBadRequest, notWorked, secretsOf(callback)...)
			mustHaveNoSession(t, victim)
			if n := len(s.Requests("token")) - asked; n != 0 || sessions() != 0 {
				t.Errorf("%d token calls, %d sessions", n, sessions())
			}
		})
	}
}

func TestSec14_KeysRotateBetweenTwoSignInsAndInMidSession(t *testing.T) {
	s, h := startHostile(t) // whose key set has a key of unknown kind as well
	first := s.SignedIn(demo.AdminEmail)
	s.Control(http.MethodPost, "rotate-keys", map[string]any{"drop": true})
	second := s.SignedIn(demo.AdminEmail)
	s.Control(http.MethodPost, "rotate-keys", map[string]any{"drop": true})
	path, signIns, renewals := "/users/"+s.UserID(demo.AdminEmail), len(s.Requests("auth")), len(s.Requests("token"))
	for _, b := range []*harness.Browser{first, second} {
		// The API wants another token, which is signed by the third key, or by the one before it.
		s.Fault("query", map[string]any{"status": http.StatusUnauthorized, "times": 1})
		if p := b.Get(s.Site + path); p.Status != http.StatusOK || p.URL.Path != path {
			t.Errorf("%d %s %s", p.Status, p.URL, p.Text())
		}
	}
	if n, m := len(s.Requests("auth"))-signIns, len(s.Requests("token"))-renewals; n != 0 || m != 2 || h.sessions() != 2 {
		t.Errorf("%d sign-ins, %d renewals, %d sessions", n, m, h.sessions())
	}
}

// tokenFaults are faults of a token endpoint or a key set.
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

// mustFail completes a sign-in at a faulty provider, and checks that an error page is all that comes of it.
func mustFail(t *testing.T, b *harness.Browser, callback *url.URL, sessions func() int) harness.Page {
	t.Helper()
	before := sessions()
	p := b.Get(callback.String())
	mustTell(t, b.Stack, p, http.StatusServiceUnavailable, doesNotAnswer, secretsOf(callback)...)
	mustHaveNoSession(t, b)
	if n := sessions() - before; n != 0 {
		t.Errorf("%d sessions more", n)
	}
	return p
}

func TestSec20_22_ATokenEndpointThatFailsIsAPageAndTheNextSignInWorks(t *testing.T) {
	s, sessions := recorded(t, demo.Options{Users: 5})
	for name, how := range tokenFaults {
		t.Run(name, func(t *testing.T) {
			b := s.NewBrowser()
			callback := callbackOf(b, "/users", demo.AdminEmail)
			asked := len(s.Requests("token"))
			s.Fault("token", how)
			mustFail(t, b, callback, sessions)
			if n := len(s.Requests("token")) - asked; n != 1 {
				t.Errorf("the code was sent %d times", n)
			}
			s.NoFaults()
			if p := b.Get(s.Site + "/users"); !isList(p, s) {
				t.Errorf("begun again: %d %s", p.Status, p.Text())
			}
		})
	}
}

func TestSec22_AKeySetThatFailsIsAPageAndTheNextSignInWorks(t *testing.T) {
	s, sessions := recorded(t, demo.Options{Users: 5})
	for name, how := range tokenFaults { // no key has been read before the last of them is over
		t.Run(name, func(t *testing.T) {
			b := s.NewBrowser()
			callback := callbackOf(b, "/users", demo.AdminEmail)
			s.Fault("certs", how)
			mustFail(t, b, callback, sessions)
			s.NoFaults()
		})
	}
	s.SignedIn(demo.AdminEmail)
}

func TestSec21_ATokenEndpointThatSendsElsewhereIsNotFollowed(t *testing.T) {
	var reached atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(trap.Close)
	s, sessions := recorded(t, demo.Options{Users: 5})
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			b := s.NewBrowser()
			callback := callbackOf(b, "/users", demo.AdminEmail)
			s.Fault("token", map[string]any{"status": status, "headers": map[string]string{"Location": trap.URL}})
			mustFail(t, b, callback, sessions)
			s.NoFaults()
		})
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

// limitOf returns the time limit for such answers, within which a good answer comes on a busy machine, too.
const limitOf = 3 * time.Second

// They run in parallel, so that all take the time of one.
func TestSec20_22_ATokenEndpointThatTakesTooLongIsAPageThenNotAskedAndThenAskedAgain(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]map[string]any{"hangs": {"latency": "1m"}, "drips": {"body": "drip", "latency": "500ms"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, sessions := recorded(t, demo.Options{Users: 5}, harness.With("UPSTREAM_TIMEOUT", limitOf.String()))
			const many = 5
			type visit struct {
				*harness.Browser
				callback *url.URL
			}
			var visits []visit
			for range many + 1 {
				b := s.NewBrowser()
				visits = append(visits, visit{b, callbackOf(b, "/users", demo.AdminEmail)})
			}
			s.Fault("token", how)
			var held sync.WaitGroup
			for _, v := range visits[:many] {
				held.Go(func() { mustFail(t, v.Browser, v.callback, sessions) })
			}
			held.Wait()
			began := time.Now()
			last := visits[many]
			p := mustFail(t, last.Browser, last.callback, sessions)
			if took := time.Since(began); took > limitOf/2 || p.Header.Get("Retry-After") != "5" || len(s.Requests("token")) != many {
				t.Errorf("after %s, Retry-After %q, %d token calls", took, p.Header.Get("Retry-After"), len(s.Requests("token")))
			}
			s.NoFaults()
			for deadline := time.Now().Add(time.Minute); ; {
				p := last.Get(s.Site + "/users")
				if isList(p, s) {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("it is not asked again: %d %s", p.Status, p.Text())
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
			s.Fault("discovery", how)
			b := s.NewBrowser()
			p := b.Get(s.Site + "/users")
			mustTell(t, b.Stack, p, http.StatusServiceUnavailable, doesNotAnswer)
			mustHaveNoSession(t, b)
			// The page's own way on works once it is back.
			s.NoFaults()
			again := harness.Find(p.Doc, func(n *html.Node) bool {
				return n.Data == "a" && strings.HasPrefix(harness.Attribute(n, "href"), "/login")
			})
			if again == nil || sessions() != 0 {
				t.Fatalf("no way on in %s, %d sessions", p.Text(), sessions())
			}
		})
	}
	if p := s.NewBrowser().SignIn("/users", demo.AdminEmail); !isList(p, s) {
		t.Errorf("%d %s", p.Status, p.Text())
	}
}

func TestSec22_ASignInThatTheProviderFailedCanBeBegunAgainForTheSamePage(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 20})
	s.Fault("token", map[string]any{"status": http.StatusInternalServerError})
	b := s.NewBrowser()
	p := b.SignIn("/users?q=uma", demo.AdminEmail)
	again := harness.Find(p.Doc, func(n *html.Node) bool {
		return n.Data == "a" && strings.Contains(harness.Attribute(n, "href"), "/login")
	})
	if p.Status != http.StatusServiceUnavailable || again == nil {
		t.Fatalf("%d %s", p.Status, p.Body)
	}
	s.NoFaults()
	if p := b.Get(s.Site + harness.Attribute(again, "href")); p.Status != http.StatusOK || p.URL.RequestURI() != "/users?q=uma" {
		t.Errorf("%d at %s", p.Status, p.URL)
	}
}

func TestAStaleCallbackLooksWhoIsSignedIn(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	before := b.SessionID()
	for _, path := range []string{"/callback?state=old&code=old", "/callback", "/callback?error=access_denied&state=x", "/callback?state=" + strings.Repeat("x", 3000)} {
		p := b.Get(s.Site + path)
		users := harness.Find(p.Doc, func(n *html.Node) bool { return n.Data == "a" && harness.Attribute(n, "href") == "/users" })
		if p.Status < 400 || users == nil || strings.Contains(p.Text(), "You are not signed in") {
			t.Errorf("%s: %d %s", path, p.Status, p.Text())
		}
		stranger := s.NewBrowser().Get(s.Site + path)
		if strings.Contains(stranger.Text(), "Go to users") || strings.Contains(stranger.Text(), "still signed in") {
			t.Errorf("%s, a stranger: %s", path, stranger.Text())
		}
	}
	b.MustHaveSession(before)
}
