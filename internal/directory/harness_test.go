package directory_test

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
)

var admin = directory.Caller{Key: "issuer\nme", ID: "me", Username: "me@example.com", Email: "me@example.com", Tokens: &fakeapi.Tokens{}}

func as(key string, t *fakeapi.Tokens) directory.Caller {
	return directory.Caller{Key: key, ID: key, Username: key + "@example.com", Tokens: t}
}

// inBubble runs a test in a synctest bubble, with a directory whose lists are fresh for 30 seconds.
func inBubble(t *testing.T, f *fakeapi.API, test func(t *testing.T, d *directory.Directory)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := directory.New(f, directory.Options{MaxAge: 30 * time.Second, Logger: slog.New(slog.DiscardHandler)})
		defer d.Close()
		test(t, d)
	})
}
