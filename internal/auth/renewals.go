package auth

import (
	"context"
	"errors"
	"sync"
	"time"

	"wallaroo-user-admin/internal/panics"
)

var errSlow = errors.New("the renewal takes longer than the caller may wait")

// renewalGroup lets concurrent callers for one session share one renewal, which runs independently of their contexts.
type renewalGroup struct {
	mu    sync.Mutex
	under map[string]*renewalCall
}

// renewalCall is a running renewal. Its result may be read once done is closed.
type renewalCall struct {
	done    chan struct{}
	grant   grant
	renewed bool // the provider has issued the tokens in this call
	err     error
}

// join returns the running renewal of a session. If there is none, it starts run as one and mine is true.
func (fs *renewalGroup) join(id string, run func() (grant, bool, error)) (f *renewalCall, mine bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f, ok := fs.under[id]; ok {
		return f, false
	}
	f = &renewalCall{done: make(chan struct{})}
	if fs.under == nil {
		fs.under = make(map[string]*renewalCall)
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

// wait waits for the result. It returns the error of ctx, or errSlow after patience.
func (f *renewalCall) wait(ctx context.Context, patience time.Duration) error {
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

// wait waits until no renewal is running, or returns the error of ctx.
func (fs *renewalGroup) wait(ctx context.Context) error {
	for {
		fs.mu.Lock()
		var next *renewalCall
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
