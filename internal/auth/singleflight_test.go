package auth

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/singleflight"

	"wallaroo-user-admin/internal/upstream"
)

// awake returns an endpoint whose circuit breaker is closed.
func awake() *upstream.Endpoint { return upstream.New("a test", nil, time.Hour, 1) }

func TestSec23_APanicInASharedRunIsAnError(t *testing.T) {
	var group singleflight.Group
	if _, err := doShared(t.Context(), &group, awake(), time.Second, func(context.Context) (string, error) { panic("in the run") }); err == nil {
		t.Error("no error")
	}
	if got, err := doShared(t.Context(), &group, awake(), time.Second, func(context.Context) (string, error) { return "well", nil }); got != "well" || err != nil {
		t.Errorf("afterwards: %q, %v", got, err)
	}
}

// A request that joins a call which began in an outage tries again if it has hardly waited, and else shares the
// failure.
func TestAnOutageDoesNotFailThoseWhoComeAfterIt(t *testing.T) {
	const late = 10 * time.Second
	errDown := errors.New("down")
	for name, c := range map[string]struct {
		wait  time.Duration
		tries int
		err   error
	}{
		"joined just before the failure": {time.Second, 2, nil},
		"waited as long as anybody":      {late + time.Second, 1, errDown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var group singleflight.Group
				tries, goOn := 0, make(chan struct{})
				run := func(context.Context) (string, error) {
					if tries++; tries == 1 {
						<-goOn
						return "", errDown
					}
					return "up", nil
				}
				results := make(chan error, 2)
				for range 2 {
					go func() {
						_, err := doShared(t.Context(), &group, awake(), late, run)
						results <- err
					}()
					synctest.Wait()
				}
				time.Sleep(c.wait)
				close(goOn)
				first, second := <-results, <-results
				if !errors.Is(errors.Join(first, second), errDown) {
					t.Error("the one who began was not told of the failure")
				}
				if failed := first != nil && second != nil; failed != (c.err != nil) || tries != c.tries {
					t.Errorf("%v, %v after %d tries", first, second, tries)
				}
			})
		})
	}
}

func TestACallerThatGivesUpLeavesTheCallToTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var group singleflight.Group
		goOn := make(chan struct{})
		run := func(ctx context.Context) (string, error) {
			<-goOn
			return "up", ctx.Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		impatient, patient := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := doShared(ctx, &group, awake(), time.Second, run)
			impatient <- err
		}()
		synctest.Wait()
		go func() {
			_, err := doShared(t.Context(), &group, awake(), time.Second, run)
			patient <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-impatient; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(goOn)
		if err := <-patient; err != nil {
			t.Error(err)
		}
	})
}
