package main

import (
	"net"
	"net/http"
	"net/netip"
	"testing"

	"wallaroo-user-admin/internal/config"
)

// FuzzHealthURL: with all settings that the server accepts, its health check requests the address that it listens on, and
// its base path.
func FuzzHealthURL(f *testing.F) {
	for _, listen := range []string{
		"", ":8080", " :8080\n", ":080", "127.0.0.1:1", "[::]:80", "[::1]:80", "[::1%lo]:80", "[::%lo]:80", "[::ffff:0.0.0.0]:80", "0.0.0.0:80", "localhost:80", "a b:80", "a%zz:80", "a/b:80",
		"a?b:80", "a#b:80", "u@h:80", "\u2003:80", "é:80", ":+80", "a\x7f:80", `a\b:80`, "[a]:80", "[]:80", ":65535",
	} {
		f.Add(listen, "https://users.example.com")
		f.Add(listen, " https://users.example.com/a/b/\t")
	}
	for _, public := range []string{"http://localhost:8080/", "https://h/a~b/", "https://h/.a", "https://H:443", "https://[::1]/x", "", "%"} {
		f.Add(":8080", public)
	}
	f.Fuzz(func(t *testing.T, listen, public string) {
		environ := map[string]string{
			"LISTEN": listen, "PUBLIC_URL": public, "METRICS_LISTEN": "",
			"WALLAROO_URL": "https://wallaroo.example.com", "OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "y", "SESSION_SECRET": "a-secret-for-tests-0123456789abcdefgh",
		}
		u, err := healthURL(environ)
		s, wrong := config.Load(environ)
		if wrong != nil {
			return // the server does not start
		}
		if err != nil {
			t.Fatalf("LISTEN=%q PUBLIC_URL=%q: %v", listen, public, err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u.String(), http.NoBody)
		if err != nil {
			t.Fatalf("LISTEN=%q PUBLIC_URL=%q: %v", listen, public, err)
		}
		host, port, err := net.SplitHostPort(s.Listen)
		if err != nil {
			t.Fatal(err)
		}
		if address, err := netip.ParseAddr(host); host == "" || err == nil && address.Unmap() == netip.IPv4Unspecified() || err == nil && address == netip.IPv6Unspecified() {
			host = "127.0.0.1" // any interface
		}
		if r.URL.Hostname() != host || r.URL.Port() != port || r.URL.EscapedPath() != s.BasePath()+"/healthz" || r.URL.RawQuery != "" {
			t.Errorf("LISTEN=%q PUBLIC_URL=%q: it is asked at %s", listen, public, r.URL)
		}
	})
}
