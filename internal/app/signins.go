package app

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/directory"
)

// onSignIn writes what happens to sign-ins and sessions into the activity log;
// a failure is logged, and nobody is kept out for it. Refusals are written once
// a minute. With a session the list that its token fetched goes, too.
func onSignIn(trail *audit.Log, users *directory.Directory, log *slog.Logger) func(context.Context, auth.Event) {
	return func(ctx context.Context, e auth.Event) {
		if e.Action == auth.ActionSignedOut || e.Action == auth.ActionSessionEnded {
			users.Forget((&auth.Identity{Issuer: e.Issuer, Subject: e.Subject}).Key())
		}
		action, outcome := signInAction(e.Action)
		if action == audit.RoleDenied {
			e.Reason = "Has not the administrator role"
		}
		_, err := trail.Record(context.WithoutCancel(ctx), audit.Event{
			Action: action, Outcome: outcome, Detail: e.Reason, OnceKey: refusalKey(action, e, time.Now()),
			Actor: audit.Person{Issuer: e.Issuer, Subject: e.Subject, Name: e.Who},
		})
		if err != nil && !errors.Is(err, audit.ErrRepeated) {
			log.ErrorContext(ctx, "a sign-in could not be written down", slog.Any("error", err))
		}
	}
}

// refusalKey makes refusals of one person for one reason count once a minute, on
// all replicas together: who is not let in can try as often as they like, and
// must not fill the log. What isn't a refusal has none, and always counts.
func refusalKey(action audit.Action, e auth.Event, now time.Time) string {
	if action != audit.RoleDenied && action != audit.SignInRefused {
		return ""
	}
	minute := strconv.FormatInt(now.Unix()/60, 10)
	return strings.Join([]string{"refused", string(action), e.Issuer, e.Subject, e.Reason, minute}, "\n")
}

func signInAction(a auth.Action) (audit.Action, audit.Outcome) {
	switch a {
	case auth.ActionSignedIn:
		return audit.SignIn, audit.Done
	case auth.ActionSignedOut, auth.ActionSessionEnded:
		return audit.SignOut, audit.Done
	case auth.ActionRoleDenied:
		return audit.RoleDenied, audit.Refused
	default:
		return audit.SignInRefused, audit.Refused
	}
}
