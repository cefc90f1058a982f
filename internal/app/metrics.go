package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what an operator's monitoring reads: how much, how fast, how well.
// No label names a person.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	upstream *prometheus.HistogramVec
}

func newMetrics() *metrics {
	buckets := []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 45}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "wallaroo_user_admin_request_seconds", Help: "Requests answered, by route and status.", Buckets: buckets,
		}, []string{"method", "route", "status"}),
		upstream: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "wallaroo_user_admin_upstream_seconds", Help: "Calls to the users API and the identity provider, to the end of the headers, by status; 0 without an answer.", Buckets: buckets,
		}, []string{"call", "status"}),
	}
	m.registry.MustRegister(m.requests, m.upstream, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe counts a request that was answered.
func (m *metrics) observe(method, route string, status int, took time.Duration) {
	if route == "" {
		// What no route serves can be called anything; one label holds it all.
		route = "none"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// upstream is a transport to the API or the provider that counts, and knows
// whether the last call got an answer.
type upstream struct {
	name string
	down atomic.Bool
	http.RoundTripper
}

// watched counts what goes out over a transport.
func (m *metrics) watched(name string, next http.RoundTripper) *upstream {
	u := &upstream{name: name}
	u.RoundTripper = roundTripper(func(r *http.Request) (*http.Response, error) {
		began := time.Now()
		res, err := next.RoundTrip(r)
		status := 0
		if err == nil {
			status = res.StatusCode
		}
		if !errors.Is(err, context.Canceled) { // a visitor who leaves tells nothing of the far side
			u.down.Store(status == 0 || status >= http.StatusInternalServerError)
		}
		// Last, so that whoever sees the call counted sees what it told, too.
		m.upstream.WithLabelValues(callName(r.URL.Path), strconv.Itoa(status)).Observe(time.Since(began).Seconds())
		return res, err
	})
	return u
}

// callName is the last part of a path, of which there are few: they come from
// the settings and the provider's metadata, never from a visitor.
func callName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// serve answers GET /metrics on an address of its own, apart from the
// public port, until ctx ends. An empty address means no metrics.
func (m *metrics) serve(ctx context.Context, address string, log *slog.Logger) error {
	if address == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are no longer served", slog.Any("error", err))
		}
	}()
	return nil
}
