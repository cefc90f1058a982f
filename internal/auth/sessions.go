package auth

import (
	"context"
	"time"

	"github.com/gorilla/sessions"
)

// Keys of Session.Values. All keys and values are strings. A store indexes [KeySubject] and
// [KeyProviderSession] so that it can end sessions by them.
const (
	KeyIssuer          = "iss"
	KeySubject         = "sub"
	KeyProviderSession = "sid"
	KeyName            = "name"
	KeyEmail           = "email"
	KeyUsername        = "username"
	KeyRoles           = "roles" // JSON list of strings
	KeyNonce           = "nonce"
	KeyAccessToken     = "access_token"
	KeyRefreshToken    = "refresh_token"
	KeyIDToken         = "id_token"
	KeyExpiresAt       = "expires_at" // Unix milliseconds; "" if the provider states no expiry
	KeyRefreshAt       = "refresh_at" // Unix milliseconds
)

// Sessions is the session store of a relying party: gorilla's store, and what renewing tokens and ending sessions across
// replicas needs.
//
// Get and New find a session by the request's cookie; if it is missing or invalid, they return a session
// with IsNew set and no error. Save writes the row and sets the cookie: an empty ID makes a new id, Options.MaxAge
// below 0 deletes row and cookie.
type Sessions interface {
	sessions.Store

	// Reload replaces the values of s by those stored under s.ID: another request or replica may have renewed them.
	Reload(ctx context.Context, s *sessions.Session) (found bool, err error)
	// Replace writes the values of s unless they have been written since s was read. It sets no cookie. stored is false
	// if they have been written, or the session has ended.
	Replace(ctx context.Context, s *sessions.Session) (stored bool, err error)
	// Lease acquires or extends the lease to renew the tokens of session id for owner; each successful call changes the
	// holder's mark. While another owner holds it, ok is false and mark is the holder's, unless stuck equals that mark:
	// then owner takes it over. mark is empty if the lease is free meanwhile, or the session has ended.
	Lease(ctx context.Context, id, owner, stuck string) (mark string, ok bool, err error)
	// Release releases owner's lease. It is no error if owner doesn't hold it.
	Release(ctx context.Context, id, owner string) error
	// End ends one session. Ending one that is gone is no error.
	End(ctx context.Context, id string) error
	// EndByProviderSession ends the sessions whose KeyProviderSession is sid, and returns their distinct KeySubject
	// values, "" for a session without one.
	EndByProviderSession(ctx context.Context, sid string) (subjects []string, err error)
	// EndBySubject ends the sessions whose KeySubject is subject, and returns their number.
	EndBySubject(ctx context.Context, subject string) (int, error)
	// Used reports whether UseOnce has stored key.
	Used(ctx context.Context, key string) (bool, error)
	// UseOnce stores key until the given time, and reports whether this is its first use.
	UseOnce(ctx context.Context, key string, until time.Time) (first bool, err error)
}
