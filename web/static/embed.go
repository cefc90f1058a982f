// Package static embeds and serves the files that the pages load: style sheet, script, htmx and icons.
//
// Each file's URL contains a hash of its content, so browsers may cache it indefinitely and never combine an old style
// sheet with a new page.
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

// hashLength is the number of hexadecimal digits of the file's SHA-256 in its URL.
const hashLength = 12

// asset is one file as it is served.
type asset struct {
	url         string
	contentType string
	plain       []byte
	zipped      []byte
}

// assets returns all embedded files by name. They are hashed and compressed on first use, which takes a few milliseconds.
var assets = sync.OnceValue(func() map[string]asset {
	all, err := load(embedded)
	if err != nil {
		// The files are part of the binary, so every test that renders a page would fail.
		panic(err)
	}
	return all
})

// URL returns the path of the named file with the hash of its content in it, such as "/static/app.0123456789ab.css"
// for "app.css". It is relative to the path of the public URL, which the caller prepends. It panics if no such
// file is embedded, since the name is always a constant in a template.
func URL(name string) string {
	a, ok := assets()[name]
	if !ok {
		panic("static: no file named " + name)
	}
	return a.url
}

// Handler serves the files at the paths that [URL] returns, for GET and HEAD; it responds 404 to other paths and 405 to
// other methods. Below a base path, mount it with that path stripped. Responses may be cached for a year without
// revalidation (RFC 9111 section 5.2.2, RFC 8246).
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
		h.Set("Content-Encoding", "gzip") // so that gzhttp doesn't compress again
		body = a.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// An error means that the client has disconnected.
	_, _ = w.Write(body)
}

// takesGzip reports whether the request accepts gzip (RFC 9110 section 12.5.3). gzhttp, which wraps the handler, has
// parsed Accept-Encoding and passes a writer of its own type if so.
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

// contentType returns the MIME type by extension. For our types it doesn't use the system's MIME table, which varies.
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
