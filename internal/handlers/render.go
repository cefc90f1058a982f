package handlers

import (
	"bytes"
	"net/http"

	"github.com/a-h/templ"
)

// partial reports whether htmx asks for a part of a page. When it restores a
// page from the history it asks for the whole of it.
func partial(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Request-Type") == "partial"
}

// canonical tells htmx the address of what a search form found: it leaves out
// what is the default. Whether it is a new step of the history the script
// decides, which knows whether somebody typed or chose.
func (s *site) canonical(w http.ResponseWriter, r *http.Request, path string) {
	if partial(r) && r.Header.Get("HX-Source") == "form#find" {
		w.Header().Set("HX-Replace-Url", s.Base.URL(path))
	}
}

// page renders whole, then writes: a template that fails leaves no half page.
func (s *site) page(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	b := s.buffer()
	defer s.release(b)
	if err := c.Render(r.Context(), b); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Add("Vary", "HX-Request")
	h.Add("Vary", "HX-Request-Type")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		// The visitor may have gone; nobody is left to tell.
		_, _ = w.Write(b.Bytes())
	}
	return nil
}

// largestKept is the largest buffer that is used again, in bytes: a page of 250
// rows takes about 600 kB.
const largestKept = 1 << 20

// buffer returns an empty buffer, to be released after use. Growing a new one for
// each page would cost as much as laying the page out.
func (s *site) buffer() *bytes.Buffer {
	if b, ok := s.buffers.Get().(*bytes.Buffer); ok {
		b.Reset()
		return b
	}
	return new(bytes.Buffer)
}

func (s *site) release(b *bytes.Buffer) {
	if b.Cap() <= largestKept {
		s.buffers.Put(b)
	}
}

// either renders the fragment for htmx and the whole page for everybody else.
func (s *site) either(w http.ResponseWriter, r *http.Request, whole, fragment templ.Component) error {
	if partial(r) {
		return s.page(w, r, http.StatusOK, fragment)
	}
	return s.page(w, r, http.StatusOK, whole)
}

// see answers a form: go on there, within the site. htmx follows it too, as a
// whole page.
func (s *site) see(w http.ResponseWriter, r *http.Request, path string) {
	to := s.Base.URL(path)
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusOK)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // a path of ours, below the base: localPath and returnPath judge what a form sends
}
