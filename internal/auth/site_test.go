package auth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wallaroo-user-admin/internal/auth"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testSite is a small site around a relying party: its handlers, a page that needs a session, and its log.
type testSite struct {
	t        testing.TB
	rp       *auth.RelyingParty
	srv      *httptest.Server
	provider *fakeProvider
	memory   *memory
	clock    *clock
	log      *lockedBuffer
	wires    wires // in a bubble

	mu     sync.Mutex
	events []auth.Event
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newSite starts a provider and a site that uses it.
func newSite(t testing.TB, tweaks ...func(*auth.Options)) *testSite {
	t.Helper()
	c := newClock()
	return siteOf(t, newProvider(t, c), newMemory(), tweaks...)
}

// siteOf starts a site with a provider and a store that other sites may share.
func siteOf(t testing.TB, p *fakeProvider, m *memory, tweaks ...func(*auth.Options)) *testSite {
	t.Helper()
	s := &testSite{t: t, provider: p, memory: m, clock: p.clock, log: &lockedBuffer{}}
	mux := http.NewServeMux()
	s.srv = httptest.NewServer(mux)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	s.build(mux, transport, tweaks...)
	return s
}

// build makes the relying party, which reaches the provider over transport, and registers its handlers on mux.
func (s *testSite) build(mux *http.ServeMux, transport http.RoundTripper, tweaks ...func(*auth.Options)) {
	s.t.Helper()
	public, err := url.Parse(s.srv.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	p := s.provider
	o := auth.Options{
		Issuer: p.issuer(), ClientID: testClient, ClientSecret: testSecret, PublicURL: public, AdminRoles: []string{"admin"},
		RefreshMargin: 10 * time.Second, Timeout: 30 * time.Second, Transport: transport, Sessions: s.memory,
		Secrets: []string{strings.Repeat("s", 32)}, Now: p.clock.now, OnEvent: s.hear,
		Logger: slog.New(slog.NewJSONHandler(s.log, nil)),
	}
	for _, tweak := range tweaks {
		tweak(&o)
	}
	if s.rp, err = auth.New(o); err != nil {
		s.t.Fatal(err)
	}
	s.routes(mux)
	s.t.Cleanup(func() {
		if s.srv.Listener != nil {
			s.srv.Close()
		}
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.rp.Drain(ctx); err != nil {
			s.t.Error(err)
		}
	})
}

func (s *testSite) routes(mux *http.ServeMux) {
	answer := func(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				writeError(w, r, err)
			}
		}
	}
	guard := s.rp.Require(writeError)
	mux.HandleFunc("/login", answer(s.rp.StartSignIn))
	mux.HandleFunc("/callback", answer(s.rp.Callback))
	mux.HandleFunc("POST /backchannel-logout", func(w http.ResponseWriter, r *http.Request) {
		s.rp.AnswerLogout(w, r, s.rp.TakeLogout(w, r))
	})
	mux.HandleFunc("POST /logout", answer(func(w http.ResponseWriter, r *http.Request) error {
		next, err := s.rp.SignOut(w, r)
		if err == nil {
			_, _ = io.WriteString(w, next)
		}
		return err
	}))
	mux.Handle("/page", guard(http.HandlerFunc(page)))
	mux.Handle("/rejected", guard(answer(func(w http.ResponseWriter, r *http.Request) error {
		i := auth.From(r.Context())
		token, err := i.Token(r.Context())
		if err != nil {
			return err
		}
		if token, err = i.Renew(r.Context(), token); err != nil {
			return err
		}
		_, _ = io.WriteString(w, token)
		return nil
	})))
}

// page answers with the identity and the access token, which a real page never shows.
func page(w http.ResponseWriter, r *http.Request) {
	i := auth.From(r.Context())
	token, err := i.Token(r.Context())
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"who": i.Who(), "email": i.Email, "key": i.Key(), "token": token})
}

// writeError answers with the kind as a header and the public message as the body.
func writeError(w http.ResponseWriter, _ *http.Request, err error) {
	w.Header().Set("X-Kind", string(auth.KindOf(err)))
	w.Header().Set("X-Clock-Ahead", auth.ClockAhead(err).String())
	w.WriteHeader(http.StatusTeapot)
	if e, ok := errors.AsType[*auth.Error](err); ok {
		_, _ = io.WriteString(w, string(e.Kind)+"|"+e.Who+"|"+e.Code+"|"+e.Description)
	}
}

func (s *testSite) hear(_ context.Context, e auth.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

func (s *testSite) heard() []auth.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]auth.Event(nil), s.events...)
}

// browser has a cookie jar and does not follow redirects by itself.
type browser struct {
	t      testing.TB
	site   *testSite
	client *http.Client
}

func (s *testSite) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 50}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: s.t, site: s, client: &http.Client{
		Jar: jar, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// seen is an answer with its whole body.
type seen struct {
	status   int
	header   http.Header
	location string
	body     string
}

func (a seen) kind() auth.Kind { return auth.Kind(a.header.Get("X-Kind")) }

func (b *browser) do(r *http.Request) seen {
	b.t.Helper()
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return seen{resp.StatusCode, resp.Header, resp.Header.Get("Location"), string(body)}
}

// get fetches an absolute URL, or a path of the site.
func (b *browser) get(address string) seen {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.site.srv.URL + address
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) post(path string, form url.Values) seen {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.site.srv.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

// start begins a sign-in and returns the callback URL to which the provider redirects.
func (b *browser) start(login string) (callback string) {
	b.t.Helper()
	a := b.get(login)
	if a.status != http.StatusSeeOther {
		b.t.Fatalf("GET %s: %d %s", login, a.status, a.body)
	}
	a = b.get(a.location)
	if a.status != http.StatusFound {
		b.t.Fatalf("authorize: %d %s", a.status, a.body)
	}
	return a.location
}

// signIn does a whole sign-in and returns the callback's answer.
func (b *browser) signIn() seen {
	b.t.Helper()
	return b.get(b.start("/login?return_to=%2Fpage"))
}

// mustSignIn signs in, and fails the test if that fails.
func (b *browser) mustSignIn() {
	b.t.Helper()
	if a := b.signIn(); a.status != http.StatusSeeOther || a.location != "/page" {
		b.t.Fatalf("sign-in: %d to %q, %s\n%s", a.status, a.location, a.body, b.site.log)
	}
}

// mustSee fetches the page that needs a session, and fails the test unless it is shown.
func (b *browser) mustSee() map[string]string {
	b.t.Helper()
	a := b.get("/page")
	var page map[string]string
	if err := json.Unmarshal([]byte(a.body), &page); a.status != http.StatusOK || err != nil {
		b.t.Fatalf("page: %d %s\n%s", a.status, a.body, b.site.log)
	}
	return page
}

// mustRefuse fails the test unless an answer is the error of that kind, and has created no session.
func (b *browser) mustRefuse(a seen, kind auth.Kind) {
	b.t.Helper()
	if a.kind() != kind {
		b.t.Errorf("got %d %q, wanted %q\n%s", a.status, a.kind(), kind, b.site.log)
	}
	if n := b.site.memory.count(); n != 0 {
		b.t.Errorf("%d sessions after a refused sign-in", n)
	}
	if again := b.get("/page"); again.kind() != auth.SignInNeeded {
		b.t.Errorf("the page answers %d %q after a refused sign-in", again.status, again.kind())
	}
}
