package app_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"wallaroo-user-admin/internal/testing/harness"
)

// tcpProxy forwards connections to an address until it is cut or stalled.
type tcpProxy struct {
	listener net.Listener
	to       string
	carrying atomic.Int64 // connections that have not ended

	mu     sync.Mutex
	isCut  bool
	conns  []net.Conn
	moving chan struct{} // closed while bytes go through
	at     []byte        // what makes it stand still as it goes by; none: nothing
}

func newTCPProxy(t *testing.T, to string) *tcpProxy {
	t.Helper()
	proxy := &tcpProxy{listener: harness.Listen(t), to: to, moving: make(chan struct{})}
	close(proxy.moving)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			near, err := proxy.listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { proxy.carry(near) })
		}
	})
	t.Cleanup(func() {
		proxy.cut(true)
		proxy.stall(false)
		_ = proxy.listener.Close()
		serving.Wait()
	})
	return proxy
}

func (proxy *tcpProxy) carry(near net.Conn) {
	proxy.carrying.Add(1)
	defer proxy.carrying.Add(-1)
	defer near.Close() //nolint:errcheck // as a proxy does
	far, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", proxy.to)
	if err != nil {
		return
	}
	defer far.Close() //nolint:errcheck // as a proxy does
	proxy.mu.Lock()
	isCut := proxy.isCut
	proxy.conns = append(proxy.conns, near, far)
	proxy.mu.Unlock()
	if isCut {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(near, held{far, proxy}) // until either side ends
		_ = near.Close()
	})
	_, _ = io.Copy(far, held{near, proxy})
	_ = far.Close()
	back.Wait()
}

// cut closes all connections and refuses new ones, or accepts them again.
func (proxy *tcpProxy) cut(isCut bool) {
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	proxy.isCut = isCut
	for _, c := range proxy.conns {
		_ = c.Close()
	}
	proxy.conns = nil
}

// held is one direction of a connection, which is paused while the proxy is stalled.
type held struct {
	io.Reader
	proxy *tcpProxy
}

func (h held) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	<-h.proxy.passes(p[:n])
	return n, err
}

// passes returns a channel that is closed once these bytes may be forwarded.
func (proxy *tcpProxy) passes(p []byte) <-chan struct{} {
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	if proxy.at != nil && bytes.Contains(p, proxy.at) {
		proxy.at, proxy.moving = nil, make(chan struct{})
	}
	return proxy.moving
}

// stall keeps connections open, and accepts new ones, but forwards nothing; or resumes.
func (proxy *tcpProxy) stall(stands bool) {
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	select {
	case <-proxy.moving:
		if stands {
			proxy.moving = make(chan struct{})
		}
	default:
		if !stands {
			close(proxy.moving)
		}
	}
}

func (proxy *tcpProxy) stands() bool {
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	select {
	case <-proxy.moving:
		return false
	default:
		return true
	}
}

// stallAt stalls when this text is about to be forwarded.
func (proxy *tcpProxy) stallAt(text string) {
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	proxy.at = []byte(text)
}
