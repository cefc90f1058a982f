package app

import (
	"context"

	"wallaroo-user-admin/internal/handlers"
	"wallaroo-user-admin/internal/session"
)

// ownSessions shows the session store to the page of one's own sessions.
type ownSessions struct{ store *session.Store }

// List implements handlers.Sessions.
func (o ownSessions) List(ctx context.Context, subject, current string) ([]handlers.Session, error) {
	found, err := o.store.List(ctx, subject, current)
	all := make([]handlers.Session, len(found))
	for i, s := range found {
		all[i] = handlers.Session{Ref: s.Ref, Started: s.Created, Used: s.LastSeen, EndsUnused: s.Expires, Current: s.Current}
	}
	return all, err
}

// End implements handlers.Sessions.
func (o ownSessions) End(ctx context.Context, subject, current, ref string) (int, error) {
	if ref == "" {
		return o.store.EndOthers(ctx, subject, current)
	}
	ended, err := o.store.EndListed(ctx, subject, ref)
	if !ended {
		return 0, err
	}
	return 1, err
}
