package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/klauspost/compress/gzhttp"
)

const (
	listPath   = "/users?per=50"
	searchPath = "/users?per=50&q=an&sort=login&dir=desc"
)

// BenchmarkPage gets the list over TCP, signed in, as a browser does:
// session, search, layout, compression and log are all in it. Beside each page a
// bare chi handler writes the same bytes, compressed by the same middleware.
func BenchmarkPage(b *testing.B) {
	for _, n := range sizes() {
		s := startSite(b, n)
		kinds := []struct{ name, path, encoding string }{
			{"list", listPath, "gzip"}, {"search", searchPath, "gzip"},
		}
		if n == 1_000 {
			kinds = append(kinds, struct{ name, path, encoding string }{"list-uncompressed", listPath, "identity"})
		}
		for _, k := range kinds {
			page := asking(b, s.address, k.path, "Cookie", s.cookies, "Accept-Encoding", k.encoding)
			bare := asking(b, bareSite(b, s, k.path), k.path, "Cookie", s.cookies, "Accept-Encoding", k.encoding)
			b.Run(fmt.Sprintf("%s/%d", k.name, n), func(b *testing.B) { benchmarkParams(b, page) })
			b.Run(fmt.Sprintf("%s-bare/%d", k.name, n), func(b *testing.B) { benchmarkParams(b, bare) })
		}
		swap := asking(b, s.address, searchPath, "Cookie", s.cookies, "Accept-Encoding", "gzip", "HX-Request", "true", "HX-Request-Type", "partial")
		b.Run(fmt.Sprintf("swap/%d", n), func(b *testing.B) { benchmarkParams(b, swap) })
	}
}

func benchmarkParams(b *testing.B, a *asker) {
	sent := int64(0)
	measure(b, func() {
		_, n, err := a.ask(io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		sent = n
	})
	b.ReportMetric(float64(sent), "sent-B")
}

// bareSite serves a copy of a page's answer.
func bareSite(b *testing.B, s *site, path string) string {
	b.Helper()
	var page bytes.Buffer
	header, _, err := asking(b, s.address, path, "Cookie", s.cookies, "Accept-Encoding", "identity").ask(&page)
	if err != nil || !strings.Contains(page.String(), "</html>") {
		b.Fatalf("%v in %.200s", err, page.String())
	}
	compressed, err := gzhttp.NewWrapper(gzhttp.MinSize(1024))
	if err != nil {
		b.Fatal(err)
	}
	r := chi.NewRouter()
	r.Use(func(next http.Handler) http.Handler { return compressed(next) })
	r.Get("/users", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", header.Get("Content-Type"))
		_, _ = w.Write(page.Bytes())
	})
	server := httptest.NewServer(r)
	b.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// BenchmarkExport exports all users.
func BenchmarkExport(b *testing.B) {
	for _, n := range sizes() {
		s := startSite(b, n)
		for _, format := range []string{"csv", "json"} {
			a := asking(b, s.address, "/users."+format, "Cookie", s.cookies, "Accept-Encoding", "gzip")
			b.Run(format+"/"+strconv.Itoa(n), func(b *testing.B) {
				benchmarkParams(b, a)
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}
