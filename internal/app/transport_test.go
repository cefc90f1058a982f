package app

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"wallaroo-user-admin/internal/config"
)

// The server presents a certificate and speaks TLS as the row says.
func TestSec20_21_OutgoingConnectionsNeedTLS12AndATrustedCertificate(t *testing.T) {
	for name, row := range map[string]struct {
		most  uint16
		known bool
		works bool
	}{
		"TLS 1.1":              {tls.VersionTLS11, true, false},
		"TLS 1.2":              {tls.VersionTLS12, true, true},
		"TLS 1.3":              {tls.VersionTLS13, true, true},
		"an unknown authority": {tls.VersionTLS13, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			far := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }))
			far.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: row.most} // the old server that we must not talk to
			far.Config.ErrorLog = log.New(io.Discard, "", 0)
			far.StartTLS()
			defer far.Close()
			settings := config.Default()
			if row.known {
				settings.UpstreamCAFile = filepath.Join(t.TempDir(), "ca.pem")
				text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: far.Certificate().Raw})
				if err := os.WriteFile(settings.UpstreamCAFile, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			ours, err := transport(settings)
			if err != nil {
				t.Fatal(err)
			}
			defer ours.CloseIdleConnections()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, far.URL, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			res, err := ours.RoundTrip(req)
			if (err == nil) != row.works {
				t.Errorf("%v", err)
			}
			if err == nil {
				_ = res.Body.Close()
			}
		})
	}
}
