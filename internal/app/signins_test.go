package app

import (
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/store"
)

func TestSec65_RepeatedRefusalsAreAuditedOnceAMinute(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.db")
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), "sqlite:"+file, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close() //nolint:errcheck // the test's own
		log := slog.New(slog.DiscardHandler)
		p, _ := keepingParts(t, db, log)
		tell := onSignIn(p.audit, nil, log)
		uma, vera := auth.Event{Issuer: "i", Subject: "uma"}, auth.Event{Issuer: "i", Subject: "vera"}
		try := func(e auth.Event, action auth.Action, reason string) {
			for range 20 {
				e.Action, e.Reason = action, reason
				tell(t.Context(), e)
			}
		}
		want := func(action audit.Action, n int) {
			t.Helper()
			if page, err := p.audit.List(t.Context(), audit.Filter{Action: action}); err != nil || page.Total != n {
				t.Errorf("%s: %d times, want %d, %v", action, page.Total, n, err)
			}
		}
		try(uma, auth.ActionRoleDenied, "")
		want(audit.RoleDenied, 1)
		try(vera, auth.ActionRoleDenied, "")
		want(audit.RoleDenied, 2)
		try(uma, auth.ActionSignInRefused, "sign-in refused: at_hash")
		try(uma, auth.ActionSignInRefused, "session store unavailable: saving the session")
		want(audit.SignInRefused, 2)
		time.Sleep(time.Minute)
		try(uma, auth.ActionRoleDenied, "")
		want(audit.RoleDenied, 3)
		try(uma, auth.ActionSignedIn, "")
		want(audit.SignIn, 20)
	})
}
