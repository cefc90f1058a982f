// Package static holds the files that the pages load: one style sheet, one script of our own, htmx and one picture.
//
// Every file is served under a name that carries the hash of its content, so a browser may keep it for ever and still
// never shows an old style with a new page.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzhttp"
)

//go:embed app.css app.js htmx.min.js icons.svg
var embedded embed.FS

// hashLength is how many hexadecimal digits of a file's SHA-256 its name carries.
const hashLength = 12

// asset is one file as it goes out.
type asset struct {
	url         string
	contentType string
	plain       []byte
	zipped      []byte
}

// assets are all the embedded files, by their plain name. It is made on first use: hashing and compressing take a few
// milliseconds, and a test that only renders a page needs no more than the names.
var assets = sync.OnceValue(func() map[string]asset {
	all, err := load(embedded)
	if err != nil {
		// The files are part of the binary: what fails here fails in every test that renders a page.
		panic(err)
	}
	return all
})

// URL returns the path of the named file with the hash of its content in it, such as "/static/app.0123456789ab.css"
// for "app.css". The path begins below the path of the public URL: the caller puts that in front. It panics when no
// such file is embedded, since the name is always a constant in a template.
func URL(name string) string {
	a, ok := assets()[name]
	if !ok {
		panic("static: no file named " + name)
	}
	return a.url
}

// Handler serves the files at the paths that URL returns, and nothing else: no plain names, no folders, no other
// methods than GET and HEAD. Below a base path it is to be mounted with that path stripped. Answers may be kept for a year without asking again (RFC 9111 5.2.2, RFC 8246).
func Handler() http.Handler {
	byURL := make(map[string]asset)
	for _, a := range assets() {
		byURL[a.url] = a
	}
	negotiated, err := gzhttp.NewWrapper(gzhttp.EnableZstd(false))
	if err != nil {
		panic(err) // as above: the options are constant
	}
	return negotiated(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := byURL[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		serve(w, r, a)
	}))
}

func serve(w http.ResponseWriter, r *http.Request, a asset) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	body := a.plain
	if takesGzip(w) {
		h.Set("Content-Encoding", "gzip") // so that nothing is compressed again
		body = a.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// The client has gone when this fails; there is nobody left to tell.
	_, _ = w.Write(body)
}

// takesGzip reports whether the request asks for gzip (RFC 9110, section 12.5.3). gzhttp, which the handler is wrapped
// in and which compresses the pages, has read that, and hands a writer of its own to those that do.
func takesGzip(w http.ResponseWriter) bool {
	switch w.(type) {
	case *gzhttp.GzipResponseWriter, gzhttp.GzipResponseWriterWithCloseNotify:
		return true
	}
	return false
}

func load(files fs.FS) (map[string]asset, error) {
	all := make(map[string]asset)
	names, err := fs.Glob(files, "*")
	if err != nil {
		return nil, fmt.Errorf("static: list files: %w", err)
	}
	for _, name := range names {
		plain, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("static: read %s: %w", name, err)
		}
		zipped, err := compress(plain)
		if err != nil {
			return nil, fmt.Errorf("static: compress %s: %w", name, err)
		}
		all[name] = asset{url: hashedURL(name, plain), contentType: contentType(name), plain: plain, zipped: zipped}
	}
	return all, nil
}

func compress(plain []byte) ([]byte, error) {
	var out bytes.Buffer
	zw, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zw.Write(plain); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func hashedURL(name string, content []byte) string {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	return "/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:])[:hashLength] + ext
}

// contentType does not ask the machine's MIME table, which differs from one to the next, for the types that we have.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return mime.TypeByExtension(ext)
	}
}
