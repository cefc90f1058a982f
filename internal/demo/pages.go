package demo

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

//go:embed pages
var pageFiles embed.FS

// form is the data of the provider's forms.
type form struct {
	ID      string // of the sign-in or sign-out under way
	Login   string
	Problem string
}

// message is the data of a page with text only.
type message struct{ Title, Text string }

// templates parses the pages at the first use.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(pageFiles, "pages/*.html"))
})

// page sends one of the provider's pages. The form-action allows redirects to the dashboards.
func (p *provider) page(w http.ResponseWriter, status int, name string, data any) {
	writePage(w, status, name, data, "form-action 'self' "+strings.Join(p.client.origins(), " "))
}

// messageHandler returns a handler that sends the page m.
func messageHandler(status int, m message) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writePage(w, status, "message", m, "form-action 'none'")
	})
}

func writePage(w http.ResponseWriter, status int, name string, data any, formAction string) {
	var b bytes.Buffer
	if err := templates().ExecuteTemplate(&b, name+".html", data); err != nil {
		panic(err) // the templates are embedded: a bug
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "+formAction)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // fails only when the client has disconnected
}

func serveStyle() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, pageFiles, "pages/demo.css")
	})
}

// likeKeycloak adapts op's answers to browsers: authorization responses get the iss parameter (RFC 9207), and an error
// that can't be redirected to the application becomes a page.
func (p *provider) likeKeycloak(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := &browserAnswer{ResponseWriter: w, provider: p}
		b.forBrowser = strings.HasPrefix(r.URL.Path, authPath) || strings.HasPrefix(r.URL.Path, logoutPath)
		next.ServeHTTP(b, r)
	})
}

// browserAnswer is a ResponseWriter between op and a browser.
type browserAnswer struct {
	http.ResponseWriter
	provider   *provider
	forBrowser bool
	replaced   bool // by our own page: op's body is discarded
}

func (b *browserAnswer) WriteHeader(status int) {
	if to := b.Header().Get("Location"); to != "" {
		b.Header().Set("Location", b.provider.withIssuer(to))
	}
	if b.forBrowser && status >= http.StatusBadRequest && !strings.HasPrefix(b.Header().Get("Content-Type"), "text/html") {
		b.replaced = true
		b.provider.page(b.ResponseWriter, status, "message", message{
			Title: "We are sorry …",
			Text:  "The application's request is not valid: an unknown client, redirect URI or token.",
		})
		return
	}
	b.ResponseWriter.WriteHeader(status)
}

func (b *browserAnswer) Write(data []byte) (int, error) {
	if b.replaced {
		return len(data), nil
	}
	return b.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController reach the connection.
func (b *browserAnswer) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// withIssuer adds iss (RFC 9207) to a redirect to the application.
func (p *provider) withIssuer(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return location
	}
	bare := *u
	bare.RawQuery, bare.Fragment = "", ""
	for _, uri := range p.client.RedirectURIs() {
		if bare.String() == uri {
			q := u.Query()
			q.Set("iss", p.issuer)
			u.RawQuery = q.Encode()
			return u.String()
		}
	}
	return location
}
