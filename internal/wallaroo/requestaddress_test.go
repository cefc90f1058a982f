package wallaroo_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/wallaroo"
)

// target is the request's target as the API receives it.
type target struct{ method, uri, host string }

func TestSec39_NothingOfAnAccountChangesTheUpstreamAddress(t *testing.T) {
	var mu sync.Mutex
	var asked []target
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, target{r.Method, r.RequestURI, r.Host})
		mu.Unlock()
		_, _ = io.WriteString(w, `{"users":{}}`)
	}))
	t.Cleanup(server.Close)
	origin, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	// Whatever stands behind the origin in the setting, the paths are below its root.
	below, err := url.Parse("http://somebody:secret@" + origin.Host + "/elsewhere/../x?y=z#f")
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	for _, o := range []*url.URL{origin, below} {
		c := instanceOf(wallaroo.Options{Origin: o, Transport: transport, Timeout: time.Minute, ListTimeout: time.Minute})
		for _, hostile := range []string{
			"", "/", "..", "../../../control/reset", "/%2e%2e/%2e%2e/control/reset", "invite", "query/../invite", `..\invite`,
			"//evil.example/", "@evil.example/", "https://evil.example/x", "http://" + origin.Host + ".evil.example",
			"a?op=invite", "a#b", "a;b", "a%00b", "a\x00b", "a\r\nHost: evil.example\r\n\r\nGET /evil HTTP/1.1\r\n\r\n",
			"a@example.com\r\nX-Evil: 1", "\u2028\u2029", strings.Repeat("/..", 5000), `"}],"email":"evil@example.com`,
		} {
			calls := map[string]func(ctx context.Context) error{
				"query": func(ctx context.Context) error { _, _, _, err := c.UserByID(ctx, "t", hostile); return err },
				"query, several": func(ctx context.Context) error {
					_, err := c.UsersByID(ctx, "t", hostile, hostile)
					return err
				},
				"invite":     func(ctx context.Context) error { _, err := c.Invite(ctx, "t", hostile, hostile); return err },
				"activate":   func(ctx context.Context) error { return c.Activate(ctx, "t", hostile) },
				"deactivate": func(ctx context.Context) error { return c.Deactivate(ctx, "t", hostile) },
			}
			for name, call := range calls {
				mu.Lock()
				asked = nil
				mu.Unlock()
				if err := call(t.Context()); err != nil {
					t.Errorf("%s %.60q: %v", name, hostile, err)
				}
				op, _, _ := strings.Cut(name, ",")
				mu.Lock()
				if want := (target{http.MethodPost, "/v1/api/users/" + op, origin.Host}); len(asked) != 1 || asked[0] != want {
					t.Errorf("%s %.60q: asked %q, want %q", name, hostile, asked, want)
				}
				mu.Unlock()
			}
		}
	}
}
