package session_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"wallaroo-user-admin/internal/cookies"
	"wallaroo-user-admin/internal/session"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
)

// sessionName is the session's name in these tests.
const sessionName = "session"

// secureCookies are those of a site at https.
func secureCookies() cookies.Site {
	return cookies.For(&url.URL{Scheme: "https", Host: "admin.example.com", Path: "/users-admin"})
}

const (
	secretA = "aaaabbbbccccddddeeeeffff00001111"
	secretB = "22223333444455556666777788889999"
)

// clock is a time that only the test advances.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// fixture is a store over one engine, with a clock of its own.
type fixture struct {
	*session.Store
	t     *testing.T
	db    *store.DB
	clock *clock
	log   *bytes.Buffer
}

func newFixture(t *testing.T, db *store.DB, change func(*session.Options)) *fixture {
	t.Helper()
	f := &fixture{t: t, db: db, clock: newClock(), log: new(bytes.Buffer)}
	opts := session.Options{
		Secrets: []string{secretA}, Idle: 30 * time.Minute, Max: 12 * time.Hour, Cookies: secureCookies(),
		SubjectKey: "subject", ProviderSessionKey: "sid",
		Now: f.clock.now, Logger: slog.New(slog.NewTextHandler(f.log, nil)),
	}
	if change != nil {
		change(&opts)
	}
	s, err := session.New(db.DB, opts)
	if err != nil {
		t.Fatal(err)
	}
	f.Store = s
	return f
}

// run runs a test with each engine and the default options.
func run(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	storetest.Run(t, func(t *testing.T, db *store.DB) { test(t, newFixture(t, db, nil)) })
}

func request(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "https://users.example.com/", nil)
	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}
	return r
}

// signIn saves a new session with these values and returns its cookie.
func (f *fixture) signIn(values map[string]string) *http.Cookie {
	f.t.Helper()
	r := request()
	s, err := f.Get(r, sessionName)
	if err != nil || !s.IsNew {
		f.t.Fatalf("Get without a cookie: new %v, %v", s.IsNew, err)
	}
	for key, value := range values {
		s.Values[key] = value
	}
	w := httptest.NewRecorder()
	if err := s.Save(r, w); err != nil {
		f.t.Fatalf("Save: %v", err)
	}
	return f.cookie(w)
}

func (f *fixture) cookie(w *httptest.ResponseRecorder) *http.Cookie {
	f.t.Helper()
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		f.t.Fatalf("%d cookies set: %v", len(cookies), cookies)
	}
	return cookies[0]
}

// read returns the session of the cookie.
func (f *fixture) read(cookies ...*http.Cookie) *sessions.Session {
	f.t.Helper()
	s, err := f.New(request(cookies...), sessionName)
	if err != nil {
		f.t.Fatalf("New: %v", err)
	}
	return s
}

// texts returns the values that the test stored.
func texts(s *sessions.Session) map[string]string {
	out := make(map[string]string)
	for key, value := range s.Values {
		if name, ok := key.(string); ok {
			out[name], _ = value.(string)
		}
	}
	return out
}

func TestASessionIsSavedAndRead(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		values := map[string]string{"subject": "iss|1", "access_token": strings.Repeat("a.b", 5000), "empty": "", "name": "Zoë \x00 \u2028 ☃"}
		cookie := f.signIn(values)
		s := f.read(cookie)
		if s.IsNew || s.ID != cookie.Value || !maps.Equal(texts(s), values) {
			t.Errorf("new %v, id %q, values %q", s.IsNew, s.ID, texts(s))
		}
		// Saved again it keeps its id.
		s.Values["more"] = "yes"
		delete(s.Values, "empty")
		w := httptest.NewRecorder()
		if err := f.Save(request(cookie), w, s); err != nil {
			t.Fatal(err)
		}
		if again := f.cookie(w); again.Value != cookie.Value {
			t.Errorf("the id changed from %q to %q", cookie.Value, again.Value)
		}
		got := texts(f.read(cookie))
		if _, there := got["empty"]; there || got["more"] != "yes" {
			t.Errorf("values %q", got)
		}
	})
}

func TestGetReturnsOneSessionForOneRequest(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		r := request(f.signIn(nil))
		first, err := f.Get(r, sessionName)
		if err != nil {
			t.Fatal(err)
		}
		second, err := f.Get(r, sessionName)
		if err != nil || first != second {
			t.Errorf("two sessions, or %v", err)
		}
	})
}

// TestSec25_ASessionIDChosenByTheClientIsNotAccepted tries ids that the store did not make.
func TestSec25_ASessionIDChosenByTheClientIsNotAccepted(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		planted := &http.Cookie{Name: secureCookies().Name(sessionName), Value: strings.Repeat("A", 43)}
		r := request(planted)
		s, err := f.Get(r, sessionName)
		if err != nil || !s.IsNew || s.ID != "" {
			t.Fatalf("new %v, id %q, %v", s.IsNew, s.ID, err)
		}
		w := httptest.NewRecorder()
		if err := s.Save(r, w); err != nil {
			t.Fatal(err)
		}
		if got := f.cookie(w).Value; got == planted.Value {
			t.Error("the planted id became a session's")
		}
		s.ID = planted.Value
		w = httptest.NewRecorder()
		if err := f.Save(r, w, s); !errors.Is(err, session.ErrNotLoaded) || len(w.Header()["Set-Cookie"]) != 0 {
			t.Errorf("saving under a planted id: %v, cookies %v", err, w.Header()["Set-Cookie"])
		}
	})
}

func TestSec25_EmptyingTheIDMakesANewOne(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		old := f.signIn(map[string]string{"subject": "iss|1"})
		s := f.read(old)
		if err := f.End(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
		s.ID = ""
		w := httptest.NewRecorder()
		if err := f.Save(request(old), w, s); err != nil {
			t.Fatal(err)
		}
		fresh := f.cookie(w)
		if fresh.Value == old.Value || !f.read(old).IsNew || f.read(fresh).IsNew {
			t.Error("the old id lives on, or the new one doesn't live")
		}
	})
}

func TestSec26_TheCookiesAttributes(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for scheme, secure := range map[string]bool{"https": true, "http": false} {
			site := cookies.For(&url.URL{Scheme: scheme, Host: "localhost:8080"})
			f := newFixture(t, db, func(o *session.Options) { o.Cookies = site })
			cookie := f.signIn(nil)
			if cookie.Name != site.Name(sessionName) || strings.HasPrefix(cookie.Name, "__Host-") != secure || cookie.Secure != secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode ||
				cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge != 0 {
				t.Errorf("%s: %s", scheme, cookie)
			}
			if f.read(cookie).IsNew {
				t.Errorf("%s: the cookie isn't read back", scheme)
			}
		}
	})
}

func TestSec26_ASessionsOptionsCannotWeakenTheCookie(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		r := request()
		s, err := f.Get(r, sessionName)
		if err != nil {
			t.Fatal(err)
		}
		s.Options = &sessions.Options{Domain: "example.com", Path: "/sub", SameSite: http.SameSiteNoneMode}
		w := httptest.NewRecorder()
		if err := s.Save(r, w); err != nil {
			t.Fatal(err)
		}
		if cookie := f.cookie(w); !cookie.Secure || !cookie.HttpOnly || cookie.Domain != "" || cookie.Path != "/" || cookie.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %s", cookie)
		}
	})
}

func TestSec29_AStrangeCookieIsNoSessionAndNoError(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		good := f.signIn(nil).Value
		for name, value := range map[string]string{
			"empty": "", "changed": flip(good), "cut": good[:42], "longer": good + "A", "overlong": strings.Repeat("A", 60_000),
			"path-like": "../../../../etc/passwd", "escaped path": "..%2F..%2Fetc%2Fpasswd", "quote": `' OR '1'='1`, "percent": "%00%ff",
			"padding": good[:42] + "=", "of the alphabet, not canonical": good[:42] + "B", "another alphabet": strings.Repeat("+", 43),
		} {
			r := request()
			r.Header.Set("Cookie", secureCookies().Name(sessionName)+"="+value)
			s, err := f.New(r, sessionName)
			if err != nil || s == nil || !s.IsNew || s.ID != "" {
				t.Errorf("%s: %+v, %v", name, s, err)
			}
		}
	})
}

func flip(id string) string {
	if id[0] == 'A' {
		return "B" + id[1:]
	}
	return "A" + id[1:]
}

func TestSec28_TheCookieAndTheDatabaseTellNothing(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		secrets := map[string]string{"subject": "https://issuer|person-77", "sid": "provider-session-88", "access_token": "hush-token"}
		first, second := f.signIn(secrets), f.signIn(secrets)
		if len(first.Value) != 43 || first.Value == second.Value {
			t.Errorf("ids %q and %q", first.Value, second.Value)
		}
		dump := f.dump()
		for _, hush := range []string{first.Value, "person-77", "provider-session-88", "hush-token"} {
			if strings.Contains(dump, hush) {
				t.Errorf("the database shows %s", hush)
			}
		}
		if strings.Contains(f.log.String(), "hush-token") {
			t.Error("the log shows a token")
		}
	})
}

// dump returns all values of the table as text.
func (f *fixture) dump() string {
	f.t.Helper()
	rows, err := f.db.QueryContext(f.t.Context(), `SELECT id_hash, key_id, sealed, coalesce(subject_hash, ''), coalesce(provider_session_hash, '') FROM sessions`)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var out strings.Builder
	for rows.Next() {
		var a, b, c, d string
		var sealed []byte
		if err := rows.Scan(&a, &b, &sealed, &c, &d); err != nil {
			f.t.Fatal(err)
		}
		out.WriteString(strings.Join([]string{a, b, string(sealed), c, d, "\n"}, " "))
	}
	if rows.Err() != nil || out.Len() == 0 {
		f.t.Fatalf("nothing to look at: %v", rows.Err())
	}
	return out.String()
}

func TestValuesThatCannotBeKept(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		for _, test := range []struct {
			name       string
			key, value any
			want       error
		}{
			{"too much", "token", strings.Repeat("x", session.MaxBytes), session.ErrTooLarge},
			{"a number", "n", 7, session.ErrValues},
			{"a key that is no text", 7, "n", session.ErrValues},
			{"bytes that are no text", "n", "\xff", session.ErrValues},
		} {
			r, w := request(), httptest.NewRecorder()
			s, err := f.Get(r, sessionName)
			if err != nil {
				t.Fatal(err)
			}
			s.Values[test.key] = test.value
			if err := s.Save(r, w); !errors.Is(err, test.want) {
				t.Errorf("%s: %v", test.name, err)
			}
			if len(w.Header()["Set-Cookie"]) != 0 {
				t.Errorf("%s: a cookie for nothing", test.name)
			}
		}
		if n := f.count(); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

func (f *fixture) count() (n int) {
	f.t.Helper()
	if err := f.db.QueryRowContext(f.t.Context(), `SELECT count(*) FROM sessions`).Scan(&n); err != nil {
		f.t.Fatal(err)
	}
	return n
}

func TestADatabaseThatIsGoneIsAnErrorAndNotASignOut(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		db, err := store.Open(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f := newFixture(t, db, nil)
		cookie := f.signIn(nil)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		s, err := f.New(request(cookie), sessionName)
		if err == nil || s == nil {
			t.Errorf("session %v, error %v", s, err)
		}
		if _, _, err := f.Lease(context.Background(), cookie.Value, "me", ""); err == nil {
			t.Error("a lease from nowhere")
		}
	})
}

func TestNewRefusesWhatIsNotSafe(t *testing.T) {
	for name, opts := range map[string]session.Options{
		"no secret":      {Idle: time.Minute, Max: time.Hour},
		"a short secret": {Secrets: []string{"short"}, Idle: time.Minute, Max: time.Hour},
		"no lifetime":    {Secrets: []string{secretA}, Idle: time.Minute},
		"no idle time":   {Secrets: []string{secretA}, Max: time.Minute},
	} {
		if _, err := session.New(nil, opts); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
