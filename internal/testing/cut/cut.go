// Package cut is a test server that fails every request in one of the ways in which connections and servers fail. It
// counts the requests received, so that a test can detect retries.
package cut

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"
)

// Way is a way for a request to fail.
type Way struct {
	Name string
	// Refused means that nothing of the request arrives.
	Refused bool
	// Hangs means that no complete answer comes: the caller needs a timeout.
	Hangs bool
	// Passes means that the failure may be transient, as far as the caller can tell.
	Passes bool

	// keptAlive sends the request over a connection on which another has been answered.
	keptAlive bool
	http2     bool
	cut       func(s *Server, conn *net.TCPConn, in *bufio.Reader)
}

// Allows reports whether a request sent once may have arrived that many times: exactly once, except if refused, or if
// its timeout may have passed before it was read.
func (w Way) Allows(arrived int) bool {
	switch {
	case w.Refused:
		return arrived == 0
	case w.Hangs:
		return arrived <= 1
	default:
		return arrived == 1
	}
}

// Ways returns all ways.
func Ways() []Way {
	ways := []Way{
		{Name: "refused after a connection was kept alive", Refused: true, Passes: true, keptAlive: true},
		{Name: "reset as it arrives", Passes: true, cut: beforeReading(reset)},
		{Name: "reset as it arrives over a connection that was kept alive", Passes: true, keptAlive: true, cut: beforeReading(reset)},
		{Name: "closed as it arrives over a connection that was kept alive", Passes: true, keptAlive: true, cut: beforeReading(end)},
		{Name: "reset while it is written", Passes: true, cut: halfRead},
		{Name: "reset before the answer", Passes: true, cut: afterReading(reset)},
		{Name: "reset before the answer over a connection that was kept alive", Passes: true, keptAlive: true, cut: afterReading(reset)},
		{Name: "closed before the answer", Passes: true, cut: afterReading(end)},
		{Name: "closed in the middle of the headers", Passes: true, cut: answer("HTTP/1.1 200 OK\r\nContent-Le", end)},
		{Name: "closed in the middle of the answer", Passes: true, cut: answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"", end)},
		{Name: "reset in the middle of the answer", Passes: true, cut: answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"", reset)},
		{Name: "closed before the last chunk", Passes: true, cut: answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n", end)},
		{Name: "no answer", Hangs: true, cut: afterReading(hang)},
		{Name: "an answer that does not end", Hangs: true, cut: answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"", hang)},
		{Name: "answered 500", cut: answer("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", end)},
		{Name: "HTTP/2, its stream refused", Passes: true, http2: true, cut: resetStream(http2.ErrCodeRefusedStream)},
		{Name: "HTTP/2, its stream ended for an error in the protocol", Passes: true, http2: true, cut: resetStream(http2.ErrCodeProtocol)},
		{Name: "HTTP/2, its connection ended", Passes: true, http2: true, cut: goAway},
	}
	for _, status := range []int{502, 503, 504} {
		for _, after := range []string{"", "Retry-After: 0\r\n"} {
			ways = append(ways, Way{
				Name: fmt.Sprintf("answered %d %.11s", status, after), Passes: true,
				cut: answer(fmt.Sprintf("HTTP/1.1 %d No\r\n%sContent-Length: 0\r\n\r\n", status, after), end),
			})
		}
	}
	return ways
}

// Server is a server that fails requests in one way.
type Server struct {
	// URL is the server's origin.
	URL string
	// Transport must be used for requests to the server.
	Transport *http.Transport

	way      Way
	listener *net.TCPListener
	arrived  atomic.Int32
	warm     atomic.Bool // the first request, for keptAlive, was answered
	over     chan struct{}
}

// Serve starts a Server and stops it at the end of the test.
func Serve(t testing.TB, way Way) *Server {
	t.Helper()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{URL: "http://" + listener.Addr().String(), Transport: &http.Transport{}, way: way, listener: listener, over: make(chan struct{})}
	if way.http2 {
		s.Transport.Protocols = new(http.Protocols)
		s.Transport.Protocols.SetUnencryptedHTTP2(true)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.AcceptTCP()
			if err != nil {
				return
			}
			serving.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		close(s.over)
		_ = listener.Close()
		s.Transport.CloseIdleConnections()
		serving.Wait()
	})
	if way.keptAlive {
		s.warmUp(t)
	}
	return s
}

// Arrived returns the number of requests that have arrived, even in part.
func (s *Server) Arrived() int { return int(s.arrived.Load()) }

func (s *Server) warmUp(t testing.TB) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
}

func (s *Server) serve(conn *net.TCPConn) {
	defer conn.Close() //nolint:errcheck // however it ends
	in := bufio.NewReader(conn)
	if s.way.keptAlive && !s.warm.Swap(true) {
		if s.way.Refused {
			_ = s.listener.Close()
		}
		if _, err := http.ReadRequest(in); err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		}
	}
	if !s.way.Refused {
		s.way.cut(s, conn, in)
	}
}

// Endings of a connection: all but hang return, and serve closes it.
func end(*Server, *net.TCPConn) {}

// reset makes the close send a TCP RST.
func reset(_ *Server, conn *net.TCPConn) { _ = conn.SetLinger(0) }

func hang(s *Server, _ *net.TCPConn) { <-s.over }

type ending func(*Server, *net.TCPConn)

func beforeReading(then ending) func(*Server, *net.TCPConn, *bufio.Reader) {
	return func(s *Server, conn *net.TCPConn, in *bufio.Reader) {
		if _, err := in.Peek(1); err == nil {
			s.arrived.Add(1)
			then(s, conn)
		}
	}
}

// halfRead reads the headers, and then resets the connection.
func halfRead(s *Server, conn *net.TCPConn, in *bufio.Reader) {
	if _, err := http.ReadRequest(in); err == nil {
		s.arrived.Add(1)
		reset(s, conn)
	}
}

func afterReading(then ending) func(*Server, *net.TCPConn, *bufio.Reader) { return answer("", then) }

func answer(text string, then ending) func(*Server, *net.TCPConn, *bufio.Reader) {
	return func(s *Server, conn *net.TCPConn, in *bufio.Reader) {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		s.arrived.Add(1)
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			_, _ = io.WriteString(conn, text)
			then(s, conn)
		}
	}
}

// overHTTP2 speaks enough HTTP/2 to read requests, and calls then at the end of each.
func overHTTP2(then func(frames *http2.Framer, stream uint32) error) func(*Server, *net.TCPConn, *bufio.Reader) {
	return func(s *Server, conn *net.TCPConn, in *bufio.Reader) {
		if _, err := io.CopyN(io.Discard, in, int64(len(http2.ClientPreface))); err != nil {
			return
		}
		frames := http2.NewFramer(conn, in)
		err := frames.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 24})
		if err == nil {
			err = frames.WriteWindowUpdate(0, 1<<24)
		}
		for err == nil {
			var frame http2.Frame
			if frame, err = frames.ReadFrame(); err != nil {
				return
			}
			if _, begun := frame.(*http2.HeadersFrame); begun {
				s.arrived.Add(1)
			}
			if data, ok := frame.(*http2.DataFrame); ok && data.StreamEnded() {
				err = then(frames, data.StreamID)
			}
		}
	}
}

func resetStream(code http2.ErrCode) func(*Server, *net.TCPConn, *bufio.Reader) {
	return overHTTP2(func(frames *http2.Framer, stream uint32) error { return frames.WriteRSTStream(stream, code) })
}

// goAway sends GOAWAY with stream 0: no request was processed.
func goAway(s *Server, conn *net.TCPConn, in *bufio.Reader) {
	overHTTP2(func(frames *http2.Framer, _ uint32) error { return frames.WriteGoAway(0, http2.ErrCodeNo, nil) })(s, conn, in)
}
