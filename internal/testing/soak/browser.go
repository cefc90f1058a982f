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

// errSignedOut: a page led to the provider's form, or a change was refused for want of a session.
var errSignedOut = errors.New("the session has ended")

// failure is a request that did not get what it was to get. Whether that is excused is judged in the end, when all
// kills are known.
type failure struct {
	began, ended time.Time
	session      string // the code that it began with
	what         string
	signedOut    bool
}

// attempt is a change that a browser asked for.
type attempt struct {
	began, ended time.Time // ended: what came of it was known
	browser      int
	subject      string
	action       string
	target       string // an email
	told         bool   // that it is done
	done         bool   // as a later read showed, if it was not told
}

// browser is one, with its own address, cookies and accounts. Only one goroutine uses it at a time.
type browser struct {
	soak     *soak
	number   int
	admin    account
	accounts []*account
	client   *http.Client

	session  string // the code that it signed in with
	reads    int
	changes  int
	attempts []attempt
	failures []failure
	faults   []string
	lists    int // pages that showed whose list it is
}

func newBrowser(s *soak, number int, admin account) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		jar = nil // it never fails without options
	}
	b := &browser{soak: s, number: number, admin: admin}
	// An address of its own: limits count addresses.
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

// page is an answer, read to its end.
type page struct {
	status int
	url    *url.URL
	next   string // where a redirect leads that was not followed
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
		return nil // the provider still knows this browser
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

// loading marks a page that asks for itself again, since the list is still being read.
const loading = `http-equiv="refresh"`

// get reads a page until it is complete, as a browser does without being asked.
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

// getOnce reads a page as somebody who is signed in. What it shows has to be this administrator's own.
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
	b.looksOwn(p)
	return p, nil
}

func (b *browser) failed(ctx context.Context, began time.Time, what string, err error) {
	if ctx.Err() != nil {
		return // the whole run is being ended
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

// looksOwn holds a page against whom it is for.
func (b *browser) looksOwn(p page) {
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
