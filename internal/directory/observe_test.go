package directory_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

// Each successful read is passed to the observer with its times; only Close waits for the observer.
func TestObserversAreToldOfEachSuccessfulReadAndBlockNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fakeapi.New(fakeapi.Person("jo", true))
		f.OnList = func() error { time.Sleep(3 * time.Second); return nil }
		start := time.Now()
		var observed atomic.Int32
		d := directory.New(f, directory.Options{
			MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
			Observe: func(_ context.Context, users []wallaroo.User, began, ended time.Time) {
				time.Sleep(time.Hour)
				observed.Add(1)
				if len(users) != 1 || users[0].ID != "jo" || !began.Equal(start) || !ended.Equal(start.Add(3*time.Second)) {
					t.Errorf("observed %v from %v to %v", users, began, ended)
				}
			},
		})
		read(t, d, directory.ReadOptions{})
		if waited := time.Since(start); waited != 3*time.Second || observed.Load() != 0 {
			t.Errorf("the read took %v, and %d were observed", waited, observed.Load())
		}
		f.OnList = func() error { return down }
		if _, err := d.Read(t.Context(), admin, directory.ReadOptions{Fresh: true}); err != nil {
			t.Fatal(err)
		}
		d.Close()
		if n := observed.Load(); n != 1 {
			t.Errorf("%d reads were observed, want 1: the other failed", n)
		}
	})
}

// Background work has no handler above it that would catch a panic.
func TestSec23_APanicBehindARequestIsAnErrorAndTheNextReadWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fakeapi.New(fakeapi.Person("jo", true))
		f.OnList = func() error { panic("in the API's answer") }
		d := directory.New(f, directory.Options{
			MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
			Observe: func(context.Context, []wallaroo.User, time.Time, time.Time) { panic("in who looks on") },
		})
		if _, err := d.Read(t.Context(), admin, directory.ReadOptions{}); err == nil {
			t.Error("no error")
		}
		f.OnList = nil
		if r := read(t, d, directory.ReadOptions{}); r.Total != 1 {
			t.Errorf("%d users", r.Total)
		}
		d.Close()
	})
}
