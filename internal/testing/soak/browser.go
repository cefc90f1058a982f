package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"wallaroo-user-admin/internal/demo"
)

// errSignedOut: a page redirected to the provider's form, or a change was answered with 401.
var errSignedOut = errors.New("the session has ended")

// failure is a failed request. verifyFailures decides whether it is excused, when all kills are known.
type failure struct {
	began, ended time.Time
	session      string // the authorization code that the session began with
	what         string
	signedOut    bool
}

// attempt is a change that a browser requested.
type attempt struct {
	began, ended time.Time // ended: when its outcome was known
	browser      int
	subject      string
	action       string
	target       string // an email
	told         bool   // the browser was told that it is done
	done         bool   // if not told: shown by a later read
}

// browser is an HTTP client with its own IP address, cookies and accounts. It is not safe for concurrent use.
type browser struct {
	soak     *soak
	number   int
	admin    account
	accounts []*account
	client   *http.Client

	session  string // the authorization code that it signed in with
	reads    int
	changes  int
	attempts []attempt
	failures []failure
	faults   []string
	lists    int // pages with the marked account
}

func newBrowser(s *soak, number int, admin account) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		jar = nil // cookiejar.New never fails without options
	}
	b := &browser{soak: s, number: number, admin: admin}
	// Its own IP address, since rate limits are per address.
	from := &net.TCPAddr{IP: net.ParseIP(fmt.Sprintf("127.1.%d.%d", number/200, 1+number%200))}
	b.client = &http.Client{
		Jar: jar, Timeout: time.Minute,
		Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: from}).DialContext, DisableCompression: true},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if code := r.URL.Query().Get("code"); code != "" {
				b.session = code
			}
			return nil
		},
	}
	return b
}

// page is an answer with its body.
type page struct {
	status int
	url    *url.URL
	next   string // Location of a redirect that was not followed
	body   string
}

func (b *browser) send(ctx context.Context, client *http.Client, method, address string, form url.Values) (page, error) {
	var body io.Reader = http.NoBody
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return page{}, err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", req.URL.Scheme+"://"+req.URL.Host)
	}
	res, err := client.Do(req)
	if err != nil {
		return page{}, err
	}
	text, err := io.ReadAll(res.Body)
	err = errors.Join(err, res.Body.Close())
	return page{status: res.StatusCode, url: res.Request.URL, next: res.Header.Get("Location"), body: string(text)}, err
}

// signIn fills in the provider's form.
func (b *browser) signIn(ctx context.Context) error {
	form, err := b.send(ctx, b.client, http.MethodGet, b.soak.cluster.URL+"/users", nil)
	if err != nil {
		return err
	}
	if strings.HasPrefix(form.url.String(), b.soak.cluster.URL+"/") {
		return nil // the provider's session still exists
	}
	values := hidden(form.body)
	values.Set("username", b.admin.email)
	values.Set("password", demo.Password)
	in, err := b.send(ctx, b.client, http.MethodPost, form.url.String(), values)
	if err != nil || in.status != http.StatusOK || !strings.HasPrefix(in.url.String(), b.soak.cluster.URL+"/") {
		return fmt.Errorf("browser %d can't sign in: %d from %s: %w", b.number, in.status, in.url, err)
	}
	return nil
}

// loading marks a page that refreshes itself while the list is loading.
const loading = `http-equiv="refresh"`

// get gets a page, again while it is loading, as a browser does.
func (b *browser) get(ctx context.Context, path string) (page, error) {
	for {
		p, err := b.getOnce(ctx, path)
		if err != nil || !strings.Contains(p.body, loading) {
			return p, err
		}
		select {
		case <-ctx.Done():
			return p, ctx.Err()
		case <-time.After(b.soak.ReadEvery):
		}
	}
}

// getOnce gets a page and checks that the list on it was fetched for this administrator.
func (b *browser) getOnce(ctx context.Context, path string) (page, error) {
	began := time.Now()
	b.reads++
	p, err := b.send(ctx, b.client, http.MethodGet, b.soak.cluster.URL+path, nil)
	switch {
	case err != nil:
	case p.url.Host != strings.TrimPrefix(b.soak.cluster.URL, "http://"):
		err = errSignedOut
	case p.status != http.StatusOK:
		err = fmt.Errorf("%d: %s", p.status, words(p.body))
	}
	if err != nil {
		b.failed(ctx, began, "GET "+path, err)
		return p, err
	}
	b.checkOwner(p)
	return p, nil
}

func (b *browser) failed(ctx context.Context, began time.Time, what string, err error) {
	if ctx.Err() != nil {
		return // the run is being cancelled
	}
	f := failure{began: began, ended: time.Now(), session: b.session, what: fmt.Sprintf("browser %d: %s: %v", b.number, what, err)}
	f.signedOut = errors.Is(err, errSignedOut)
	b.failures = append(b.failures, f)
	if f.signedOut {
		if err := b.signIn(ctx); err != nil {
			b.failures = append(b.failures, failure{began: began, ended: time.Now(), session: b.session, what: err.Error()})
		}
	}
}

// checkOwner records a fault if the page shows a list fetched for another administrator.
func (b *browser) checkOwner(p page) {
	for _, mark := range b.soak.marks.FindAllString(p.body, -1) {
		b.lists++
		if mark != markPrefix+b.admin.id {
			b.fault("was shown a list that %s's token fetched, at %s", mark, p.url)
		}
	}
	if !strings.Contains(p.body, "account of "+b.admin.name) {
		b.fault("a page is not its own administrator's: %s", p.url)
	}
}

func (b *browser) fault(format string, args ...any) {
	b.faults = append(b.faults, fmt.Sprintf("browser %d: ", b.number)+fmt.Sprintf(format, args...))
}
