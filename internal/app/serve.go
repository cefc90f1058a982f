package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/store"
)

const (
	// notReady is how long /readyz says so before the port closes, for an ingress
	// to notice; drain is how long requests under way may take after that.
	notReady = time.Second
	drain    = 50 * time.Second
)

// afterDeadline is the time for what follows a request's deadline: an outcome that
// is written down, and the page that says what was slow.
const afterDeadline = 30 * time.Second

// flag says once and for all.
type flag struct{ atomic.Bool }

var errDraining = errors.New("draining")

// ready reports why the process should get no requests.
func (p *parts) ready(db *store.DB) func(context.Context) error {
	return func(ctx context.Context) error {
		if p.draining.Load() {
			return errDraining
		}
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		return db.Ready(ctx)
	}
}

// degraded names what did not answer at its last call. It keeps nobody away: our
// own pages say what works without.
func (p *parts) degraded() []string {
	var down []string
	for _, u := range []*upstream{p.api, p.provider} {
		if u.down.Load() {
			down = append(down, u.name)
		}
	}
	return down
}

func (p *parts) serve(ctx context.Context, settings config.Settings, o Options) error {
	listener := o.Listener
	if listener == nil {
		var err error
		if listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", settings.Listen); err != nil {
			return fmt.Errorf("LISTEN: %w", err)
		}
	}
	warn(settings, o.Logger)
	server := newServer(settings, p.site, o.Logger)
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var tasks sync.WaitGroup
	if err := p.metrics.serve(background, settings.MetricsListen, o.Logger); err != nil {
		stop()
		return errors.Join(fmt.Errorf("METRICS_LISTEN: %w", err), listener.Close())
	}
	tasks.Go(func() { p.prune(background, settings, o.Logger) })
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	o.Logger.Info("serving", slog.String("address", listener.Addr().String()), slog.String("public_url", settings.PublicURL))
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = p.shutdown(server, o.Logger)
	}
	stop()
	tasks.Wait()
	p.transport.CloseIdleConnections()
	return err
}

// warn tells of settings that are allowed and seldom meant.
func warn(settings config.Settings, log *slog.Logger) {
	if settings.HTTPS() && len(settings.TrustedProxies) == 0 {
		log.Warn("TRUSTED_PROXIES is empty: behind an ingress, all visitors share one limit of sign-ins, and one can spend it for all")
	}
}

// newServer bounds what a visitor can hold: header size and time, body time,
// and idle connections. An answer may take longer than any request's deadline, or
// the visitor would see a broken connection where the page says what was slow.
func newServer(settings config.Settings, site http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: site,
		// Else OPTIONS * is answered without us, and without our headers.
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            10 * time.Second,
		ReadTimeout:                  30 * time.Second,
		WriteTimeout:                 settings.ChangeDeadline() + afterDeadline,
		IdleTimeout:                  2 * time.Minute,
		MaxHeaderBytes:               32 << 10,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// shutdown lets requests under way end, then what outlives them.
func (p *parts) shutdown(server *http.Server, log *slog.Logger) error {
	log.Info("draining")
	p.draining.Store(true)
	time.Sleep(notReady)
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	err := server.Shutdown(ctx)
	err = errors.Join(err, p.auth.Drain(ctx))
	p.directory.Close()
	log.Info("stopped")
	return err
}
