package auth_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"wallaroo-user-admin/internal/auth"
)

func TestSec19_DiscoveryMustNameTheIssuer(t *testing.T) {
	for name, spoil := range map[string]func(map[string]any){
		"another issuer":         func(d map[string]any) { d["issuer"] = "https://evil.example" },
		"a slash more":           func(d map[string]any) { d["issuer"] = d["issuer"].(string) + "/" },
		"no issuer":              func(d map[string]any) { delete(d, "issuer") },
		"no token endpoint":      func(d map[string]any) { delete(d, "token_endpoint") },
		"a script for a sign-in": func(d map[string]any) { d["authorization_endpoint"] = "javascript:alert(1)" },
		"no keys":                func(d map[string]any) { d["jwks_uri"] = "" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.provider.discovery = spoil
			b := s.browser()
			if a := b.get("/login"); a.kind() != auth.Misconfigured || a.location != "" {
				t.Errorf("%d %q to %q", a.status, a.kind(), a.location)
			}
			s.provider.set(func() { s.provider.discovery = nil })
			b.mustSignIn()
		})
	}
}

// hang does not answer until the test ends.
func hang(t *testing.T) http.HandlerFunc {
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-over:
		case <-r.Context().Done():
		}
	}
}

// drip sends its answer byte by byte without end.
func drip(t *testing.T) http.HandlerFunc {
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-over:
				return
			case <-r.Context().Done():
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}

func answerWith(status int, contentType, body string) func(*testing.T) http.HandlerFunc {
	return func(*testing.T) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
}

const farText = "com.example.Secret NullPointerException"

var providerFaults = map[string]func(*testing.T) http.HandlerFunc{
	"hangs":                hang,
	"drips":                drip,
	"answers 500":          answerWith(500, "text/html", "<h1>"+farText),
	"answers HTML":         answerWith(200, "text/html", "<h1>"+farText),
	"answers nothing":      answerWith(200, "application/json", ""),
	"answers cut JSON":     answerWith(200, "application/json", `{"access_token":"`+farText),
	"answers another type": answerWith(200, "application/json", `["`+farText+`"]`),
	"answers null":         answerWith(200, "application/json", `null`),
	"answers 50 MB":        answerWith(200, "application/json", `{"access_token":"`+strings.Repeat("x", 50<<20)+`"}`),
	"answers 2 MB of form": answerWith(200, "text/plain", `access_token=`+strings.Repeat("x", 2<<20)),
	"is limiting its rate": answerWith(429, "text/plain", farText),
	"closes the connection": func(*testing.T) http.HandlerFunc {
		return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	},
}

// timeoutFor returns a short time limit for faults that never end, and one that is enough for good answers on a busy
// machine for the others.
func timeoutFor(fault string) func(*auth.Options) {
	return func(o *auth.Options) {
		o.Timeout = 30 * time.Second
		if fault == "hangs" || fault == "drips" {
			o.Timeout = 3 * time.Second
		}
	}
}

func TestSec20_22_AFailingProviderIsAPageAndTheNextTryWorks(t *testing.T) {
	for _, path := range []string{"/.well-known/openid-configuration", "/token", "/certs"} {
		for name, fault := range providerFaults {
			t.Run(path+" "+name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, timeoutFor(name))
				s.provider.set(func() { s.provider.endpoint[path] = fault(t) })
				b := s.browser()
				a := b.get("/login")
				if path != "/.well-known/openid-configuration" {
					a = b.signIn()
				}
				if k := a.kind(); k != auth.ProviderUnavailable && k != auth.Misconfigured {
					t.Errorf("%d %q\n%s", a.status, k, s.log)
				}
				if strings.Contains(a.body, farText) || s.memory.count() != 0 {
					t.Errorf("body %q, %d sessions", a.body, s.memory.count())
				}
				s.provider.set(func() { delete(s.provider.endpoint, path) })
				b.mustSignIn()
			})
		}
	}
}

// countingTransport counts the bytes read of answers.
type countingTransport struct {
	http.RoundTripper
	taken atomic.Int64
}

func (c *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = countedBody{resp.Body, &c.taken}
	}
	return resp, err
}

type countedBody struct {
	io.ReadCloser
	taken *atomic.Int64
}

func (b countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.taken.Add(int64(n))
	return n, err
}

func TestSec20_ALargeAnswerIsNotTakenWhole(t *testing.T) {
	const most, size = 1 << 20, 50 << 20
	for _, path := range []string{"/.well-known/openid-configuration", "/certs", "/token", "/userinfo"} {
		t.Run(path, func(t *testing.T) {
			counting := &countingTransport{}
			s := newSite(t, func(o *auth.Options) { counting.RoundTripper, o.Transport = o.Transport, counting })
			s.provider.idClaims = func(c map[string]any) { delete(c, "email") }
			s.provider.set(func() {
				s.provider.endpoint[path] = answerWith(200, "application/json", `{"keys":[],"x":"`+strings.Repeat("x", size)+`"}`)(t)
			})
			b := s.browser()
			if a := b.get("/login"); a.status == http.StatusSeeOther {
				counting.taken.Store(0)
				b.signIn()
			}
			// The other answers of a sign-in have a few kB.
			if n := counting.taken.Load(); n < most/2 || n > most+64<<10 {
				t.Errorf("%d bytes were taken", n)
			}
		})
	}
}

func TestSec20_ASlowProviderDelaysNoOtherSession(t *testing.T) {
	s := newSite(t)
	ready, waiting := s.browser(), s.browser()
	ready.mustSignIn()
	callback := waiting.start("/login")
	entered, goOn := make(chan struct{}), make(chan struct{})
	s.provider.set(func() {
		s.provider.endpoint["/token"] = func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			<-goOn
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		if a := waiting.get(callback); a.kind() != auth.ProviderUnavailable {
			t.Errorf("%d %q", a.status, a.kind())
		}
	}()
	<-entered
	ready.mustSee()
	close(goOn)
	<-done
}

func TestSec21_OutboundRedirectsAreNotFollowed(t *testing.T) {
	var reached atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(trap.Close)
	for _, path := range []string{"/.well-known/openid-configuration", "/token", "/certs", "/userinfo"} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(fmt.Sprint(path, " ", status), func(t *testing.T) {
				s := newSite(t)
				s.provider.idClaims = func(c map[string]any) { delete(c, "email") }
				s.provider.set(func() {
					s.provider.endpoint[path] = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, trap.URL, status) }
				})
				b := s.browser()
				if a := b.get("/login"); a.status == http.StatusSeeOther {
					b.signIn()
				}
			})
		}
	}
	if reached.Load() != 0 {
		t.Errorf("%d requests went elsewhere", reached.Load())
	}
}

func TestAWrongClientSecretIsMisconfiguredAndSentOnce(t *testing.T) {
	s := newSite(t, func(o *auth.Options) { o.ClientSecret = "another" })
	b := s.browser()
	b.mustRefuse(b.signIn(), auth.Misconfigured)
	if n := s.provider.count("/token"); n != 1 {
		t.Errorf("the code was sent %d times", n)
	}
}

func TestASessionStoreErrorHasItsOwnKindAndAPrivateCause(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	callback := b.start("/login")
	s.memory.setBroken(true)
	for _, a := range []seen{b.get(callback), b.get("/page"), b.post("/logout", nil)} {
		if a.kind() != auth.StoreUnavailable || strings.Contains(a.body, "disk") {
			t.Errorf("%d %q %q", a.status, a.kind(), a.body)
		}
	}
	s.memory.setBroken(false)
	b.mustSignIn()
}

func TestAProviderThatStartsLaterIsDiscovered(t *testing.T) {
	s := newSite(t)
	s.provider.set(func() {
		s.provider.endpoint["/.well-known/openid-configuration"] = answerWith(503, "text/plain", "starting")(t)
	})
	b := s.browser()
	if a := b.get("/login"); a.kind() != auth.ProviderUnavailable {
		t.Errorf("%d %q", a.status, a.kind())
	}
	s.provider.set(func() { delete(s.provider.endpoint, "/.well-known/openid-configuration") })
	b.mustSignIn()
	b.mustSignIn()
	if n := s.provider.count("/.well-known/openid-configuration"); n != 4 { // the one that failed, three times
		t.Errorf("discovered %d times", n)
	}
}
