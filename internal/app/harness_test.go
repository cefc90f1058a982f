package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"wallaroo-user-admin/internal/app"
	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/demo"
)

// stack is a whole installation on loopback: provider, users API, dashboard.
type stack struct {
	t       *testing.T
	site    string // the dashboard's public URL
	address string // where it listens
	standIn string
	log     *safeBuffer
}

// setting changes what the dashboard is started with.
type setting func(environ map[string]string)

func with(name, value string) setting {
	return func(environ map[string]string) { environ[name] = value }
}

// start runs everything, and ends it with the test.
func start(t *testing.T, o demo.Options, settings ...setting) *stack {
	t.Helper()
	s := &stack{t: t, log: &safeBuffer{}}
	standIn, site := listen(t), listen(t)
	s.standIn = "http://" + standIn.Addr().String()
	environ := environment(s.standIn, "http://"+site.Addr().String(), t.TempDir())
	for _, change := range settings {
		change(environ)
	}
	parsed, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	s.site, s.address = environ["PUBLIC_URL"], "http://"+site.Addr().String()
	o.Origin, o.PublicURL, o.ClientSecret = s.standIn, s.site, environ["OIDC_CLIENT_SECRET"]
	s.runStandIn(standIn, o)
	s.runSite(site, parsed)
	return s
}

// environment is what the dashboard needs to be told.
func environment(standIn, site, dir string) map[string]string {
	return map[string]string{
		"WALLAROO_URL": standIn, "PUBLIC_URL": site, "INSTANCE_NAME": "test",
		"OIDC_CLIENT_ID": demo.DefaultClientID, "OIDC_CLIENT_SECRET": "the-client-secret", "METRICS_LISTEN": "",
		"SESSION_SECRET": "a-secret-for-tests-0123456789abcdefgh",
		"DATABASE_URL":   "sqlite:" + filepath.Join(dir, "test.db"), "LOG_LEVEL": "debug",
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (s *stack) runStandIn(l net.Listener, o demo.Options) {
	o.Logger = slog.New(slog.DiscardHandler)
	d, err := demo.New(o)
	if err != nil {
		s.t.Fatal(err)
	}
	server := &http.Server{Handler: d.Handler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }() // ends with Close
	s.t.Cleanup(func() {
		_ = server.Close()
		d.Close()
	})
}

func (s *stack) runSite(l net.Listener, settings config.Settings) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- app.Run(ctx, settings, app.Options{
			Logger:   slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: settings.LogLevel})),
			Listener: l,
		})
	}()
	s.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Errorf("the server did not end in order: %v", err)
		}
	})
}

// control asks the stand-in's controls.
func (s *stack) control(method, path string, body any) []byte {
	s.t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.standIn+"/control/"+path, bytes.NewReader(encoded))
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		s.t.Fatalf("%s /control/%s: %d %s %v", method, path, res.StatusCode, answer, err)
	}
	return answer
}

// requests gives the stand-in's log of one endpoint's calls.
func (s *stack) requests(endpoint string) []map[string]any {
	s.t.Helper()
	var all struct {
		Requests []map[string]any `json:"requests"`
	}
	answer := s.control(http.MethodGet, "requests?endpoint="+endpoint, nil)
	if err := json.Unmarshal(answer, &all); err != nil {
		if err := json.Unmarshal(answer, &all.Requests); err != nil {
			s.t.Fatalf("%s: %v", answer, err)
		}
	}
	return all.Requests
}

// browser is a client with cookies that follows redirects as a browser does.
type browser struct {
	*stack
	client *http.Client
}

func (s *stack) browser() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &browser{stack: s, client: &http.Client{Jar: jar, Transport: transport, Timeout: time.Minute}}
}

// signedIn is a browser in which somebody has signed in.
func (s *stack) signedIn(who string) *browser {
	s.t.Helper()
	b := s.browser()
	if p := b.signIn("/users", who); p.status != http.StatusOK {
		s.t.Fatalf("signing in as %s: %d %s", who, p.status, p.text())
	}
	return b
}

// signIn asks for a page and fills in the provider's form.
func (b *browser) signIn(path, who string) page {
	b.t.Helper()
	form := b.get(b.site + path)
	return b.submit(form, "username", who, "password", demo.Password)
}

// page is an answer.
type page struct {
	status int
	header http.Header
	url    *url.URL
	body   string
	doc    *html.Node
}

func (b *browser) get(address string, headers ...string) page {
	b.t.Helper()
	return b.do(http.MethodGet, address, nil, headers...)
}

// post sends a form as a page of the site does.
func (b *browser) post(path string, form url.Values, headers ...string) page {
	b.t.Helper()
	return b.do(http.MethodPost, b.site+path, form, append([]string{"Origin", b.site}, headers...)...)
}

// do asks without failing the test on an answer of any kind. Headers come in
// pairs; an empty value removes one.
func (b *browser) do(method, address string, form url.Values, headers ...string) page {
	b.t.Helper()
	var body io.Reader = http.NoBody
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, address, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	return page{status: res.StatusCode, header: res.Header, url: res.Request.URL, body: string(text), doc: doc}
}

// submit sends the first form of a page's main part with some of its fields filled in, as
// pairs of name and value.
func (b *browser) submit(p page, fields ...string) page {
	b.t.Helper()
	main := find(p.doc, func(n *html.Node) bool { return n.Data == "main" })
	if main == nil {
		b.t.Fatalf("no main part in %s", p.body)
	}
	form := find(main, func(n *html.Node) bool { return n.Data == "form" && attribute(n, "method") == "post" })
	if form == nil {
		b.t.Fatalf("no form in %s", p.body)
	}
	values := url.Values{}
	each(form, func(n *html.Node) {
		if n.Data == "input" && attribute(n, "name") != "" && attribute(n, "type") != "radio" {
			values.Set(attribute(n, "name"), attribute(n, "value"))
		}
	})
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	action, err := p.url.Parse(attribute(form, "action"))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(http.MethodPost, action.String(), values, "Origin", p.url.Scheme+"://"+p.url.Host)
}

// text is what the page's main part says, in one line.
func (p page) text() string {
	main := find(p.doc, func(n *html.Node) bool { return n.Data == "main" })
	if main == nil {
		main = p.doc
	}
	var words []string
	each(main, func(n *html.Node) {
		if n.Type == html.TextNode {
			words = append(words, strings.Fields(n.Data)...)
		}
	})
	return strings.Join(words, " ")
}

func find(n *html.Node, is func(*html.Node) bool) *html.Node {
	var found *html.Node
	each(n, func(n *html.Node) {
		if found == nil && n.Type == html.ElementNode && is(n) {
			found = n
		}
	})
	return found
}

func each(n *html.Node, do func(*html.Node)) {
	do(n)
	for c := range n.ChildNodes() {
		each(c, do)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// safeBuffer is a log that the server writes while a test reads.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
