package handlers

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/a-h/templ"
)

// partial reports whether htmx requests a fragment. When it restores a page
// from the history (HX-History-Restore-Request), it needs the whole page.
func partial(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Request-Type") == "partial"
}

// longestAddress is the longest path and query, in bytes, that is sent in a
// response header: reverse proxies limit all headers together to 4 kB.
const longestAddress = 1 << 10

// canonical sends htmx the address of a search without default parameters,
// unless it is too long for a header. The script decides whether it becomes a
// new history entry, since it knows whether the user typed or chose.
func (s *site) canonical(w http.ResponseWriter, r *http.Request, path string) {
	if partial(r) && r.Header.Get("HX-Source") == "form#find" && len(path) <= longestAddress {
		w.Header().Set("HX-Replace-Url", s.Base.URL(path))
	}
}

// page renders to a buffer before it writes, so that a failing template leaves
// no partial page.
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
		_, _ = w.Write(b.Bytes()) // fails only if the client has disconnected
	}
	return nil
}

// largestKept is the largest buffer that is reused, in bytes; a page of 250
// rows takes about 600 kB.
const largestKept = 1 << 20

// buffer returns an empty buffer from the pool, to be released after use.
// Growing a new one per page would cost as much as rendering it.
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

// either renders the fragment for htmx, the whole page otherwise.
func (s *site) either(w http.ResponseWriter, r *http.Request, whole, fragment templ.Component) error {
	if partial(r) {
		return s.page(w, r, http.StatusOK, fragment)
	}
	return s.page(w, r, http.StatusOK, whole)
}

// see answers a form with 303 See Other to a path of this site; htmx loads it
// as a whole page. If the address is too long for a header, its query is
// dropped.
func (s *site) see(w http.ResponseWriter, r *http.Request, path string) {
	if len(path) > longestAddress {
		path, _, _ = strings.Cut(path, "?")
	}
	to := s.Base.URL(path)
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusOK)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // a path below the base: localPath and returnPath validate what a form sends
}
