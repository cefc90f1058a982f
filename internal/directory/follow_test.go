package directory_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

func TestAListFollowsWhatOthersChangeThroughTheDashboard(t *testing.T) {
	f := newFake(person("jo", true), person("flo", true))
	var log []directory.Changed
	synctest.Test(t, func(t *testing.T) {
		d := directory.New(f, directory.Options{
			MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
			Changed: func(_ context.Context, since time.Time) ([]directory.Changed, error) {
				var found []directory.Changed
				for _, ch := range log {
					if !ch.At.Before(since) {
						found = append(found, ch)
					}
				}
				return found, nil
			},
		})
		defer d.Close()
		read(t, d, directory.Patience{})
		time.Sleep(time.Second)
		f.change("jo", func(u *wallaroo.User) { u.Enabled = false })
		log = append(log, directory.Changed{Event: "e1", Account: "jo", Actor: "somebody else", At: time.Now()})
		time.Sleep(time.Second)
		for range 3 {
			if jo, _ := read(t, d, directory.Patience{}).ByID("jo"); jo.Enabled || !jo.LastLogin.Never() {
				t.Error("the list did not follow, or forgot what only a whole read tells")
			}
		}
		if f.count("list") != 1 || f.count("by-id jo") != 1 {
			t.Errorf("calls: %v", f.calls)
		}
		a, err := d.Prepare(t.Context(), admin, "flo", false)
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, directory.Changed{Event: "e2", Account: "flo", Actor: admin.Key, At: time.Now()})
		time.Sleep(time.Millisecond)
		if _, err := d.SetActive(t.Context(), admin, a, false); err != nil {
			t.Fatal(err)
		}
		before := f.count("by-id")
		read(t, d, directory.Patience{})
		if f.count("by-id") != before {
			t.Error("one's own change was read again")
		}
		synctest.Wait()
	})
}
