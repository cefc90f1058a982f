package auth

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// roundTripper is a function as an http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// saying answers every request with the JSON of v.
func saying(v any) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		body, err := json.Marshal(v)
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
			Body: io.NopCloser(strings.NewReader(string(body))),
		}, err
	}
}

func TestSec19_67_EndpointsOfAnHTTPSIssuerAreHTTPS(t *testing.T) {
	const issuer = "https://id.example.com/realms/master"
	discover := func(endpoint, value string) (*metadata, error) {
		doc := map[string]any{
			"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
			"jwks_uri": issuer + "/certs", "end_session_endpoint": issuer + "/logout", "userinfo_endpoint": issuer + "/userinfo",
		}
		if endpoint != "" {
			doc[endpoint] = value
		}
		o := Options{Issuer: issuer, ClientID: "c", Transport: saying(doc), Timeout: time.Minute, Now: time.Now}
		return newProvider(o, newSite(&url.URL{Scheme: "https", Host: "admin.example.com"})).get(t.Context())
	}
	if m, err := discover("", ""); err != nil || m.endSession != issuer+"/logout" {
		t.Fatalf("all of them https: %v", err)
	}
	for _, value := range []string{"http://id.example.com/x", "HTTP://id.example.com/x", "//id.example.com/x", "ftp://id.example.com/x", "https://:443/x"} {
		for _, endpoint := range []string{"authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"} {
			if _, err := discover(endpoint, value); !errors.Is(err, Misconfigured) {
				t.Errorf("%s %s: %v", endpoint, value, err)
			}
		}
		if m, err := discover("end_session_endpoint", value); err != nil || m.endSession != "" {
			t.Errorf("end_session_endpoint %s: %+v, %v", value, m, err)
		}
	}
	if m, err := discover("userinfo_endpoint", ""); err != nil || m.oidc.UserInfoEndpoint() != "" {
		t.Errorf("no userinfo: %v", err)
	}
	if _, err := discover("jwks_uri", "HTTPS://id.example.com/certs"); err != nil {
		t.Errorf("a scheme in capitals: %v", err)
	}
}
