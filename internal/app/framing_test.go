package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// raw sends bytes and returns everything received until the server closes the connection.
func sendRaw(s *harness.Stack, sends string) string {
	s.T.Helper()
	conn, err := (&net.Dialer{Timeout: time.Minute}).DialContext(s.T.Context(), "tcp", strings.TrimPrefix(s.Address, "http://"))
	if err != nil {
		s.T.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // read to its end
	if err := conn.SetDeadline(time.Now().Add(15 * time.Second)); err != nil {
		s.T.Fatal(err)
	}
	if _, err := io.WriteString(conn, sends); err != nil {
		s.T.Fatal(err)
	}
	said, err := io.ReadAll(conn)
	if err != nil {
		s.T.Errorf("the connection doesn't end: %v", err)
	}
	return string(said)
}

// As docs/security.md says, bytes after a request whose end is ambiguous are never taken for another request.
func TestSec62_RequestsWithAmbiguousFramingAreRefused(t *testing.T) {
	const (
		post   = "POST /backchannel-logout HTTP/1.1\r\nHost: x\r\n"
		chunks = "Transfer-Encoding: chunked\r\n"
		body   = "\r\n4\r\nbody\r\n0\r\n\r\n"
		second = "GET /healthz?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	)
	s := harness.Start(t, demo.Options{Users: 5})
	for name, row := range map[string]struct{ sends, answer string }{
		"chunks":                         {post + chunks + body, "411"},
		"a length and chunks":            {post + "Content-Length: 3\r\n" + chunks + body, "411"},
		"chunks and a length":            {post + chunks + "Content-Length: 3\r\n" + body, "411"},
		"chunks in capitals":             {post + "TRANSFER-ENCODING: \tCHUNKED \r\n" + body, "411"},
		"chunks of a GET":                {strings.Replace(post, "POST", "GET", 1) + chunks + body, "411"},
		"chunks of a method unknown":     {strings.Replace(post, "POST", "PUT", 1) + chunks + body, "411"},
		"chunks that announce trailers":  {post + chunks + "Trailer: X\r\n" + body, "411"},
		"chunks that wait to be asked":   {post + "Expect: 100-continue\r\n" + chunks + body, "411"},
		"chunks of no number":            {post + chunks + "\r\nzz\r\n", "411"},
		"two lengths":                    {post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nbody", "400"},
		"a length with a sign":           {post + "Content-Length: +4\r\n\r\nbody", "400"},
		"a blank before the colon":       {post + "Transfer-Encoding : chunked\r\n" + body, "400"},
		"chunks twice":                   {post + chunks + chunks + body, "501"},
		"another encoding":               {post + "Transfer-Encoding: gzip, chunked\r\n" + body, "501"},
		"no encoding":                    {post + "Transfer-Encoding: identity\r\nContent-Length: 4\r\n\r\nbody", "501"},
		"chunks of HTTP/1.0, kept alive": {strings.Replace(post, "1.1", "1.0", 1) + "Connection: keep-alive\r\nContent-Length: 4\r\n" + chunks + "\r\nbody", "400"},
	} {
		t.Run(name, func(t *testing.T) {
			said := sendRaw(s, row.sends+second)
			if !strings.HasPrefix(said, "HTTP/1.") || !strings.HasPrefix(said[len("HTTP/1.1 "):], row.answer+" ") || strings.Count(said, "HTTP/1.") != 1 {
				t.Fatalf("%q", said)
			}
			if row.answer == "411" {
				mustRefuseInWords(t, said)
			}
		})
	}
	if log := s.Log.String(); strings.Contains(log, `"route":"/healthz"`) {
		t.Error("what came behind was taken for a request")
	}
}

// mustRefuseInWords checks that a raw answer is an error page with the headers of every other page.
func mustRefuseInWords(t *testing.T, said string) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(said)), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // of a text
	page, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(page), "does not say how long it is") || !strings.Contains(string(page), "Nothing was changed.") {
		t.Errorf("%v %s", err, page)
	}
	if !res.Close || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") || res.Header.Get("X-Content-Type-Options") != "nosniff" ||
		res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("X-Request-Id") == "" || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		t.Errorf("close %v, %v", res.Close, res.Header)
	}
}

func TestSec62_ARequestWithItsLengthIsAccepted(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	const sends = "POST /backchannel-logout HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbodyGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	if said := sendRaw(s, sends); !strings.HasPrefix(said, "HTTP/1.1 400 ") || strings.Count(said, "HTTP/1.1 200 ") != 1 {
		t.Errorf("%q", said)
	}
}

// As docs/security.md says, the only kind of answer without our headers has harmless content.
func TestSec54_62_AnswersOfNetHTTPItselfRepeatNothingOfTheRequest(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	const get, ours = "GET /<script>7 HTTP/1.1\r\nHost: x\r\n", "Content-Security-Policy"
	for status, sends := range map[string]string{
		"400": "GET /<script>7\r\n\r\n",
		"417": get + "Expect: <script>7\r\n\r\n",
		"431": get + "X: <script>7" + strings.Repeat("x", 64<<10) + "\r\n\r\n",
		"501": get + "Transfer-Encoding: <script>7\r\n\r\n",
		"505": "GET / HTTP/3.7\r\nHost: x\r\n\r\n",
	} {
		said := sendRaw(s, sends)
		if !strings.HasPrefix(said, "HTTP/1.1 "+status+" ") || strings.Contains(said, ours) || strings.Contains(said, "script") || len(said) > 200 {
			t.Errorf("%s: %q", status, said)
		}
		if strings.Count(said, "\r\n\r\n") != 1 || !strings.Contains(said, "Connection: close") {
			t.Errorf("%s: %q", status, said)
		}
	}
}

// net/http answers "OPTIONS *" by itself unless told not to, without our headers.
func TestSec45_54_OptionsForTheWholeServerIsRefusedWithOurHeaders(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(t.Context(), "tcp", s.Host())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // read to its end
	if _, err := fmt.Fprintf(conn, "OPTIONS * HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", s.Host()); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	if res.StatusCode < 400 || res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}
