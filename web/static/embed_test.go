package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, path, encoding string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

func TestEveryFileIsServedUnderItsHashForAYear(t *testing.T) {
	types := map[string]string{
		"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8",
		"htmx.min.js": "text/javascript; charset=utf-8", "icons.svg": "image/svg+xml",
	}
	for name, want := range types {
		t.Run(name, func(t *testing.T) {
			url := URL(name)
			if !regexp.MustCompile(`^/static/[a-z.]+\.[0-9a-f]{12}\.[a-z]+$`).MatchString(url) {
				t.Errorf("URL is %q", url)
			}
			onDisk, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			res := get(t, http.MethodGet, url, "")
			if res.Code != http.StatusOK || !bytes.Equal(res.Body.Bytes(), onDisk) {
				t.Errorf("status %d, or not the file", res.Code)
			}
			if got := res.Header().Get("Content-Type"); got != want {
				t.Errorf("Content-Type is %q, want %q", got, want)
			}
			if got := res.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
				t.Errorf("Cache-Control is %q", got)
			}
			if res.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("nosniff is missing")
			}
		})
	}
}

func TestGzipIsSentOnlyToWhoTakesIt(t *testing.T) {
	plain, err := os.ReadFile("app.css")
	if err != nil {
		t.Fatal(err)
	}
	for accept, want := range map[string]bool{
		"": false, "gzip": true, "br, gzip": true, "GZIP;q=0.5": true, "gzip; q=0": false, "gzip;q=0.000": false, "identity": false, "xgzip": false,
		"gzip;\tq=0": false, "gzip\t;q=0": false, "gzip;q=0.001": true, "gzip;x=1;q=0": false, "zstd": false, "zstd, gzip;q=0.1": true,
	} {
		res := get(t, http.MethodGet, URL("app.css"), accept)
		got := res.Body.Bytes()
		if zipped := res.Header().Get("Content-Encoding") == "gzip"; zipped != want {
			t.Errorf("Accept-Encoding %q: gzip is %t, want %t", accept, zipped, want)
		}
		if res.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary is %q", accept, res.Header().Get("Vary"))
		}
		if want {
			if !bytes.Equal(got, assets()["app.css"].zipped) {
				t.Errorf("Accept-Encoding %q: it is compressed anew", accept)
			}
			zr, err := gzip.NewReader(bytes.NewReader(got))
			if err != nil {
				t.Fatal(err)
			}
			if got, err = io.ReadAll(zr); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(got, plain) {
			t.Errorf("Accept-Encoding %q: not the file", accept)
		}
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, path := range []string{
		"/static/", "/static", "/static/app.css", "/static/embed.go", "/static/../embed.go", "/static/app.000000000000.css",
		"/static/htmx.LICENSE", URL("app.css") + "/", "/",
	} {
		if res := get(t, http.MethodGet, path, ""); res.Code != http.StatusNotFound {
			t.Errorf("GET %s answers %d", path, res.Code)
		} else if strings.Contains(res.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("GET %s may be kept", path)
		}
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	if res := get(t, http.MethodHead, URL("app.js"), ""); res.Code != http.StatusOK || len(res.Body.Bytes()) != 0 || res.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD answers %d", res.Code)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		if res := get(t, method, URL("app.js"), ""); res.Code != http.StatusMethodNotAllowed || res.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s answers %d", method, res.Code)
		}
	}
}

func TestAnUnknownNameIsAFaultOfTheProgram(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("URL of a file that isn't there does not panic")
		}
	}()
	URL("nothing.css")
}

// TestSizesStayWithinTheirBudget measures what a first visit loads, in bytes.
func TestSizesStayWithinTheirBudget(t *testing.T) {
	if n := len(assets()["app.css"].plain); n > 20_000 {
		t.Errorf("app.css has %d bytes: at most 20,000", n)
	}
	sum := 0
	for _, a := range assets() {
		sum += len(a.zipped)
	}
	if sum > 30_000 {
		t.Errorf("the files come to %d bytes compressed: at most 30,000", sum)
	}
}

// TestSec56_OwnScriptEvaluatesNothing finds code that the Content-Security-Policy would block.
func TestSec56_OwnScriptEvaluatesNothing(t *testing.T) {
	js := string(assets()["app.js"].plain)
	for _, bad := range []string{"eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", ".style.", "localStorage"} {
		if strings.Contains(js, bad) {
			t.Errorf("app.js has %q", bad)
		}
	}
}
