package auth

import (
	"context"
	"errors"
	"sync"
	"time"

	"wallaroo-user-admin/internal/panics"
)

var errSlow = errors.New("the renewal takes longer than the caller may wait")

// flights lets callers for one session share one renewal, which runs apart from all of them.
type flights struct {
	mu    sync.Mutex
	under map[string]*flight
}

// flight is a renewal under way. Its result may be read once done is closed.
type flight struct {
	done    chan struct{}
	grant   grant
	renewed bool // the provider was asked, so the result is as new as can be
	err     error
}

// join returns the flight of a session, and starts one with run where there is none: then it is mine.
func (fs *flights) join(id string, run func() (grant, bool, error)) (f *flight, mine bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f, ok := fs.under[id]; ok {
		return f, false
	}
	f = &flight{done: make(chan struct{})}
	if fs.under == nil {
		fs.under = make(map[string]*flight)
	}
	fs.under[id] = f
	go func() {
		defer func() {
			fs.mu.Lock()
			delete(fs.under, id)
			fs.mu.Unlock()
			close(f.done)
		}()
		f.err = panics.Catch(func() (err error) {
			f.grant, f.renewed, err = run()
			return err
		})
	}()
	return f, true
}

// wait waits for the result, until ctx ends or patience runs out.
func (f *flight) wait(ctx context.Context, patience time.Duration) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-f.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return errSlow
	}
}

// wait waits until nothing is under way, or ctx ends.
func (fs *flights) wait(ctx context.Context) error {
	for {
		fs.mu.Lock()
		var next *flight
		for _, f := range fs.under {
			next = f
			break
		}
		fs.mu.Unlock()
		if next == nil {
			return nil
		}
		select {
		case <-next.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
