package harness

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"

	"wallaroo-user-admin/internal/demo"
)

// Browser is an HTTP client with cookies that follows redirects.
type Browser struct {
	*Stack
	Client *http.Client
}

// NewBrowser returns a browser without cookies.
func (s *Stack) NewBrowser() *Browser {
	s.T.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.T.Fatal(err)
	}
	transport := &http.Transport{}
	s.T.Cleanup(transport.CloseIdleConnections)
	return &Browser{Stack: s, Client: &http.Client{Jar: jar, Transport: transport, Timeout: time.Minute}}
}

// NoRedirects returns the same browser, but without following redirects: after the loss of the session, the provider's
// own session doesn't sign it in again unnoticed.
func (b *Browser) NoRedirects() *Browser {
	client := *b.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Browser{Stack: b.Stack, Client: &client}
}

// SignedIn returns a browser that is signed in as who, with the demo's password.
func (s *Stack) SignedIn(who string) *Browser {
	s.T.Helper()
	b := s.NewBrowser()
	if p := b.SignIn("/users", who); p.Status != http.StatusOK {
		s.T.Fatalf("signing in as %s: %d %s", who, p.Status, p.Text())
	}
	return b
}

// SignIn gets a page and fills in the provider's form, with the demo's password.
func (b *Browser) SignIn(path, who string) Page {
	b.T.Helper()
	form := b.Get(b.Site + path)
	return b.Submit(form, "username", who, "password", demo.Password)
}

// Get gets an address. Headers are pairs of name and value.
func (b *Browser) Get(address string, headers ...string) Page {
	b.T.Helper()
	return b.Do(http.MethodGet, address, nil, headers...)
}

// Post sends a form as a page of the site does.
func (b *Browser) Post(path string, form url.Values, headers ...string) Page {
	b.T.Helper()
	return b.Do(http.MethodPost, b.Site+path, form, append([]string{"Origin", b.Site}, headers...)...)
}

// Do sends a request and returns the answer, whatever its status. Headers are pairs; an empty value removes one.
func (b *Browser) Do(method, address string, form url.Values, headers ...string) Page {
	b.T.Helper()
	req, err := newRequest(b.T.Context(), method, address, form)
	if err != nil {
		b.T.Fatal(err)
	}
	setHeaders(req, headers)
	res, err := b.Client.Do(req)
	if err != nil {
		b.T.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.T.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		b.T.Fatal(err)
	}
	return Page{Status: res.StatusCode, Header: res.Header, URL: res.Request.URL, Body: string(text), Doc: doc}
}

// TryPost is Post with a context; it doesn't fail the test if there is no answer.
func (b *Browser) TryPost(ctx context.Context, path string, form url.Values) (status int, err error) {
	req, err := newRequest(ctx, http.MethodPost, b.Site+path, form)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Origin", b.Site)
	res, err := b.Client.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// Direct gets a path at the address that the dashboard listens on, as an ingress does, and returns the answer's headers.
func (s *Stack) Direct(path string, headers ...string) http.Header {
	s.T.Helper()
	req, err := newRequest(s.T.Context(), http.MethodGet, s.Address+path, nil)
	if err != nil {
		s.T.Fatal(err)
	}
	setHeaders(req, headers)
	res, err := s.client.Transport.RoundTrip(req)
	if err != nil {
		s.T.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		s.T.Fatal(err)
	}
	return res.Header
}

func newRequest(ctx context.Context, method, address string, form url.Values) (*http.Request, error) {
	if form == nil {
		return http.NewRequestWithContext(ctx, method, address, http.NoBody)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req, err
}

func setHeaders(req *http.Request, pairs []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		req.Header.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			req.Header.Del(pairs[i])
		}
	}
}

// Submit sends the first form of a page's main element with the given fields, as pairs of name and value.
func (b *Browser) Submit(p Page, fields ...string) Page {
	b.T.Helper()
	main := Find(p.Doc, func(n *html.Node) bool { return n.Data == "main" })
	if main == nil {
		b.T.Fatalf("no main part in %s", p.Body)
	}
	form := Find(main, func(n *html.Node) bool { return n.Data == "form" && Attribute(n, "method") == "post" })
	if form == nil {
		b.T.Fatalf("no form in %s", p.Body)
	}
	values := url.Values{}
	Each(form, func(n *html.Node) {
		if n.Data == "input" && Attribute(n, "name") != "" && Attribute(n, "type") != "radio" {
			values.Set(Attribute(n, "name"), Attribute(n, "value"))
		}
	})
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	action, err := p.URL.Parse(Attribute(form, "action"))
	if err != nil {
		b.T.Fatal(err)
	}
	return b.Do(http.MethodPost, action.String(), values, "Origin", p.URL.Scheme+"://"+p.URL.Host)
}

// InvitationForm returns the fields of the invitation form, with a new key and a password that the API generates.
func InvitationForm(email string) url.Values {
	return url.Values{"email": {email}, "pw": {"auto"}, "key": {rand.Text()}}
}

// Invite fills in the form of GET /invite.
func (b *Browser) Invite(email string) Page {
	b.T.Helper()
	form := InvitationForm(email)
	form.Set("key", b.Get(b.Site+"/invite").Field("key"))
	return b.Post("/invite", form)
}
