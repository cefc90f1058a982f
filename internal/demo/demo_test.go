package demo_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"wallaroo-user-admin/internal/demo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a stand-in on a loopback port and a dashboard beside it that only listens.
type world struct {
	*testing.T
	origin    string
	issuer    string
	dashboard *dashboard
	api       *http.Client // without cookies
}

// dashboard collects the logout tokens that it is sent.
type dashboard struct {
	url    string
	logout chan string
}

func start(t *testing.T, options ...func(*demo.Options)) *world {
	t.Helper()
	dash := &dashboard{logout: make(chan string, 10)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /backchannel-logout", func(_ http.ResponseWriter, r *http.Request) {
		dash.logout <- r.PostFormValue("logout_token")
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "dashboard at "+r.URL.Path) })
	front := httptest.NewServer(mux)
	t.Cleanup(front.Close)
	dash.url = front.URL

	server := httptest.NewUnstartedServer(nil)
	origin := "http://" + server.Listener.Addr().String()
	o := demo.Options{Origin: origin, PublicURL: front.URL, ClientID: "dashboard", ClientSecret: "s3cret & more"}
	for _, set := range options {
		set(&o)
	}
	d, err := demo.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = d.Handler()
	server.Start()
	t.Cleanup(func() { server.Close(); d.Close() })

	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &world{t, origin, d.Issuer(), dash, &http.Client{Transport: transport}}
}

// post sends JSON and returns status and body; token may be empty.
func (w *world) post(path, token, body string) (int, string) {
	w.Helper()
	return w.send(http.MethodPost, path, token, body)
}

func (w *world) send(method, path, token, body string) (int, string) {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.origin+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := w.api.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// control calls a test control and decodes its answer into into, unless that is nil.
func (w *world) control(method, path, body string, into any) {
	w.Helper()
	status, answer := w.send(method, "/control/"+path, "", body)
	if status != http.StatusOK {
		w.Fatalf("%s /control/%s: %d %s", method, path, status, answer)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(answer), into); err != nil {
			w.Fatalf("/control/%s: %v in %s", path, err, answer)
		}
	}
}

// token is an access token of user, made without a sign-in.
func (w *world) token(user string) string {
	w.Helper()
	var out struct {
		AccessToken string `json:"access_token"`
	}
	w.control(http.MethodPost, "token", `{"user":"`+user+`"}`, &out)
	return out.AccessToken
}

// users decodes the answer of a query.
func (w *world) users(token, body string) map[string]map[string]any {
	w.Helper()
	status, answer := w.post("/v1/api/users/query", token, body)
	if status != http.StatusOK {
		w.Fatalf("query: %d %s", status, answer)
	}
	var out struct {
		Users map[string]map[string]any `json:"users"`
	}
	if err := json.Unmarshal([]byte(answer), &out); err != nil {
		w.Fatal(err)
	}
	return out.Users
}

// id finds the id of the account that control knows by user.
func (w *world) id(user string) string {
	w.Helper()
	var out []struct {
		ID string `json:"id"`
	}
	w.control(http.MethodGet, "users?user="+url.QueryEscape(user), "", &out)
	if len(out) != 1 {
		w.Fatalf("%d accounts %q", len(out), user)
	}
	return out[0].ID
}

// browser follows redirects with cookies, as far as the dashboard's callback.
type browser struct {
	*world
	client *http.Client
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	return &browser{w, &http.Client{Transport: w.api.Transport, Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), w.dashboard.url) {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// page is where a browser has come to: a page, or a redirect to the dashboard.
type page struct {
	status   int
	url      *url.URL
	location *url.URL // at the dashboard
	header   http.Header
	html     string
}

func (b *browser) open(rawURL string) page {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, rawURL, nil)
	if err != nil {
		b.Fatal(err)
	}
	return b.do(r)
}

// submit sends the page's form with fields filled in.
func (b *browser) submit(p page, fields ...string) page {
	b.Helper()
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(p.html, -1) {
		form.Set(m[1], m[2])
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	action := regexp.MustCompile(`<form method="post" action="([^"]*)"`).FindStringSubmatch(p.html)
	if action == nil {
		b.Fatalf("no form on %s:\n%s", p.url, p.html)
	}
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.origin+action[1], strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func (b *browser) do(r *http.Request) page {
	b.Helper()
	answer, err := b.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var body bytes.Buffer
	if _, err := body.ReadFrom(answer.Body); err != nil {
		b.Fatal(err)
	}
	p := page{status: answer.StatusCode, url: answer.Request.URL, header: answer.Header, html: body.String()}
	if to := answer.Header.Get("Location"); to != "" {
		if p.location, err = url.Parse(to); err != nil {
			b.Fatal(err)
		}
	}
	return p
}
