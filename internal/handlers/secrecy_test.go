package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "modernc.org/sqlite" // to look into the dashboard's database

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// tap is a proxy in front of the stand-in that records the secrets which only the two may see, and can answer in its
// place.
type tap struct {
	t       *testing.T
	mu      sync.Mutex
	secrets map[string]string // by the secret: what it is
	answer  func(r *http.Request, body string) (status int, text string)
}

// startTapped is harness.Start with a tap.
func startTapped(t *testing.T) (*harness.Stack, *tap) {
	t.Helper()
	w := &tap{t: t, secrets: map[string]string{}}
	w.note("the client's secret", harness.ClientSecret)
	w.note("the session secret", harness.SessionSecret)
	return harness.StartWith(t, harness.Options{Demo: demo.Options{Users: 20}, Around: w.wrap}), w
}

func (w *tap) wrap(standIn http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if status, text := w.readRequest(r); status != 0 {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(status)
			_, _ = io.WriteString(rw, text)
			return
		}
		isToken, isInvite := strings.HasSuffix(r.URL.Path, "/token"), strings.HasSuffix(r.URL.Path, "/invite")
		if strings.HasPrefix(r.URL.Path, "/control/") || !isToken && !isInvite {
			standIn.ServeHTTP(rw, r)
			return
		}
		own := httptest.NewRecorder()
		standIn.ServeHTTP(own, r)
		w.readAnswer(own.Body.Bytes())
		maps.Copy(rw.Header(), own.Header())
		rw.WriteHeader(own.Code)
		_, _ = rw.Write(own.Body.Bytes())
	})
}

func (w *tap) note(what, secret string) {
	if len(secret) < 8 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.secrets[secret] == "" { // a token that is given is told from the same one sent
		w.secrets[secret] = what
	}
}

// instead has requests answered by the tap unless the status is 0; nil ends that.
func (w *tap) instead(answer func(r *http.Request, body string) (int, string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
}

func (w *tap) readRequest(r *http.Request) (int, string) {
	if strings.HasPrefix(r.URL.Path, "/control/") {
		return 0, ""
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		w.note("an access token", token)
	}
	if form, err := url.ParseQuery(string(body)); err == nil && strings.HasSuffix(r.URL.Path, "/token") {
		for _, name := range []string{"code", "code_verifier", "refresh_token", "client_secret"} {
			w.note("the token request's "+name, form.Get(name))
		}
	}
	var sent struct {
		Password string `json:"password"`
	}
	if json.Unmarshal(body, &sent) == nil {
		w.note("a typed password", sent.Password)
	}
	w.mu.Lock()
	answer := w.answer
	w.mu.Unlock()
	if answer == nil {
		return 0, ""
	}
	return answer(r, string(body))
}

// readAnswer records the secrets of an answer; an error page has none.
func (w *tap) readAnswer(body []byte) {
	var answer map[string]any
	_ = json.Unmarshal(body, &answer)
	for name, value := range answer {
		if text, ok := value.(string); ok && (strings.HasSuffix(name, "_token") || name == "password") {
			w.note("the answer's "+name, text)
		}
	}
}

// echo answers as a careless proxy does: with the whole request.
func echo(r *http.Request, body string) string {
	text, err := json.Marshal(map[string]string{
		"error": "unknown_error", "msg": fmt.Sprintf("could not handle %s %s %v %s", r.Method, r.URL, r.Header, body),
	})
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// overheard is a browser that records all answers of the site.
type overheard struct {
	http.RoundTripper
	host string
	mu   sync.Mutex
	said []string
}

func (o *overheard) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := o.RoundTripper.RoundTrip(r)
	if err != nil || r.URL.Host != o.host {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said = append(o.said, fmt.Sprintf("%s %s: %d %v %s", r.Method, r.URL.Path, res.StatusCode, res.Header, body))
	return res, nil
}

func newOverheard(s *harness.Stack) (*harness.Browser, *overheard) {
	s.T.Helper()
	b, o := s.NewBrowser(), &overheard{host: s.Host()}
	o.RoundTripper, b.Client.Transport = b.Client.Transport, o
	return b, o
}

// mustKeepQuiet checks that no answer and no log line contains one of the secrets, except for those that allowed
// accepts.
func (w *tap) mustKeepQuiet(s *harness.Stack, o *overheard, cookies []string, allowed func(what, place string) bool) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	kinds := map[string]bool{}
	for secret, what := range w.secrets {
		kinds[what] = true
		for _, form := range []string{secret, url.QueryEscape(secret), strings.Trim(fmt.Sprintf("%q", secret), `"`)} {
			for _, place := range o.said {
				if strings.Contains(place, form) && !allowed(what, place) {
					w.t.Errorf("%s is in the answer %.300s", what, place)
					break
				}
			}
			for line := range strings.Lines(s.Log.String()) {
				if strings.Contains(line, form) {
					w.t.Errorf("%s is in the log: %.300s", what, line)
					break
				}
			}
		}
	}
	for _, cookie := range cookies {
		for line := range strings.Lines(s.Log.String()) {
			if len(cookie) > 8 && strings.Contains(line, cookie) {
				w.t.Errorf("a cookie is in the log: %s", line)
			}
		}
	}
	for _, what := range []string{"the answer's access_token", "the token request's code", "the token request's code_verifier", "the answer's refresh_token", "the answer's id_token"} {
		if !kinds[what] {
			w.t.Errorf("the test has not seen %s", what)
		}
	}
}

// set returns the values of the cookies that grant access: the session's, and those of sign-ins.
func (o *overheard) set(b *harness.Browser) (values []string) {
	values = append(values, b.SessionID())
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, said := range o.said {
		for _, name := range []string{"wallaroo-user-admin=", "wallaroo-admin-signin-"} {
			if _, rest, ok := strings.Cut(said, name); ok {
				if _, value, ok := strings.Cut(name+rest, "="); ok {
					value, _, _ = strings.Cut(value, ";")
					values = append(values, value)
				}
			}
		}
	}
	return values
}

func nowhere(string, string) bool { return false }

func TestSec33_TokensAreInNoAnswerAndInNoLineOfTheLog(t *testing.T) {
	s, w := startTapped(t)
	b, o := newOverheard(s)
	if p := b.SignIn("/users", demo.AdminEmail); p.Status != http.StatusOK || p.URL.Path != "/users" {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	id := s.UserID(demo.PlainEmail)
	for _, path := range harness.Paths(t, http.MethodGet, id, "GET /static/*", "GET /login", "GET /callback") {
		b.Get(s.Site + path)
	}
	b.Submit(b.Get(s.Site + "/users/" + id + "/deactivate"))
	shown := b.Invite("new@example.com").Password(t)
	cookies := o.set(b)
	out := b.Post("/logout", url.Values{})
	w.mustKeepQuiet(s, o, cookies, func(what, place string) bool {
		// The two that have to be: the ID token as a hint at sign-out, and the password, once.
		return what == "the answer's id_token" && strings.HasPrefix(place, "POST /logout:") ||
			what == "the answer's password" && strings.HasPrefix(place, "POST /invite:")
	})
	if !strings.Contains(out.Header.Get("Refresh"), "id_token_hint=") || shown == "" {
		t.Errorf("the allowed ones are not there: %v", out.Header)
	}
}

func TestSec33_66_NoSecretIsInAnAnswerOrTheLogWhenUpstreamsFail(t *testing.T) {
	endsWith := func(status int, names ...string) func(r *http.Request, body string) (int, string) {
		return func(r *http.Request, body string) (int, string) {
			for _, name := range names {
				if strings.HasSuffix(r.URL.Path, "/"+name) {
					return status, echo(r, body)
				}
			}
			return 0, ""
		}
	}
	for name, fail := range map[string]struct {
		answer       func(r *http.Request, body string) (int, string)
		beforeSignIn bool
	}{
		"the token endpoint says it back with a 500": {endsWith(500, "token"), true},
		"the token endpoint says it back with a 400": {endsWith(400, "token"), true},
		"the token endpoint says it back with a 200": {endsWith(200, "token"), true},
		"userinfo says it back":                      {endsWith(500, "userinfo"), true},
		"the API says it back with a 500":            {endsWith(500, "query", "invite", "activate", "deactivate"), false},
		"the API says it back with a 400":            {endsWith(400, "query", "invite", "activate", "deactivate"), false},
		"the API says it back with a 403":            {endsWith(403, "query", "invite", "activate", "deactivate"), false},
		"the API says it back with a 200":            {endsWith(200, "query", "invite", "activate", "deactivate"), false},
		"the API refuses, and so does the provider":  {endsWith(401, "query", "invite", "activate", "deactivate", "token"), false},
		"the change alone fails":                     {endsWith(422, "invite", "activate", "deactivate"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, w := startTapped(t)
			b, o := newOverheard(s)
			if fail.beforeSignIn {
				w.instead(fail.answer)
				b.SignIn("/users", demo.AdminEmail)
				w.instead(nil)
				b.SignIn("/users", demo.AdminEmail)
			} else {
				b.SignIn("/users", demo.AdminEmail)
			}
			id := s.UserID(demo.PlainEmail)
			w.instead(fail.answer)
			cookies := o.set(b)
			for _, path := range []string{"/users?fresh=1", "/users/" + id, "/users/" + id + "/deactivate", "/users.csv", "/users/methods?fresh=1", "/activity"} {
				b.NoRedirects().Get(s.Site + path)
			}
			b.NoRedirects().Post("/users/"+id+"/deactivate", url.Values{"key": {"1"}})
			b.NoRedirects().Post("/users/"+id+"/activate", url.Values{"key": {"2"}})
			b.NoRedirects().Post("/invite", url.Values{"email": {"new@example.com"}, "pw": {"set"}, "password": {"typed-by-hand-1"}, "key": {"3"}})
			w.instead(nil)
			w.mustKeepQuiet(s, o, append(cookies, o.set(b)...), nowhere)
		})
	}
}

func TestSec33_TokensAndPasswordsAreInNoPageCookieLogOrFile(t *testing.T) {
	dir := t.TempDir()
	s := harness.Start(t, demo.Options{Users: 20}, harness.With("DATABASE_URL", "sqlite:"+filepath.Join(dir, "x.db")))
	b := s.SignedIn(demo.AdminEmail)
	pages := []harness.Page{b.Get(s.Site + "/users"), b.Get(s.Site + "/users/" + s.UserID(demo.AdminEmail)), b.Get(s.Site + "/activity")}
	invited := b.Invite("secret@example.com")
	password := invited.Password(t)
	pages = append(pages, b.Get(s.Site+"/activity"), b.Get(s.Site+"/users?q=secret"))
	for _, p := range pages {
		if strings.Contains(p.Body, "eyJ") || strings.Contains(p.Body, password) {
			t.Errorf("%s shows a token or the password", p.URL)
		}
	}
	for _, c := range b.Cookies() {
		if strings.Contains(c.Value, "eyJ") || len(c.Value) > 200 {
			t.Errorf("cookie %s: %s", c.Name, c.Value)
		}
	}
	log := s.Log.String()
	for what, secret := range map[string]string{"a token": "eyJ", "the password": password, "the client's secret": "the-client-secret", "a code": "code=", "a cookie": b.Cookies()[0].Value} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %s", what)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "eyJ") || strings.Contains(string(text), password) {
			t.Errorf("%s has a token or the password in the clear", filepath.Base(f))
		}
	}
}
