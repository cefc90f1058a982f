package auth

import (
	"context"
	"time"

	"github.com/gorilla/sessions"
)

// Keys of Session.Values. Keys and values are strings, nothing else. A store indexes [KeySubject] and
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
	KeyExpiresAt       = "expires_at" // Unix milliseconds; "" where the provider named no end
	KeyRefreshAt       = "refresh_at" // Unix milliseconds
)

// Sessions is the session store that a relying party needs: gorilla's store, and what it takes to renew tokens and to
// end sessions over several replicas.
//
// Get and New find a session by the request's cookie; where there is none, or an invalid one, they answer a session
// with IsNew set and no error. Save writes the row and sets the cookie: an empty ID makes a new id, Options.MaxAge
// below 0 deletes row and cookie.
type Sessions interface {
	sessions.Store

	// Reload puts the values as they are now into s, found by s.ID: another request or replica may have renewed them.
	Reload(ctx context.Context, s *sessions.Session) (found bool, err error)
	// Replace writes the values of s if nobody has written since s was read. It sets no cookie. stored is false where
	// somebody has, and where the session has ended.
	Replace(ctx context.Context, s *sessions.Session) (stored bool, err error)
	// Lease takes the right to renew the tokens of session id for owner, or keeps it where owner has it: each such call
	// changes the holder's mark. While another has it, ok is false and mark the other's, unless stuck is that very mark:
	// then owner takes it over. mark is empty where nobody has it any more, and where the session has ended.
	Lease(ctx context.Context, id, owner, stuck string) (mark string, ok bool, err error)
	// Release gives back what owner has from Lease. It is no error if owner hasn't got it.
	Release(ctx context.Context, id, owner string) error
	// End ends one session. Ending one that is gone is no error.
	End(ctx context.Context, id string) error
	// EndByProviderSession ends the sessions whose KeyProviderSession is sid, and gives their KeySubject, each once: none
	// where there was no session, "" for one that tells none.
	EndByProviderSession(ctx context.Context, sid string) (subjects []string, err error)
	// EndBySubject ends the sessions whose KeySubject is subject, and says how many there were.
	EndBySubject(ctx context.Context, subject string) (int, error)
	// Used reports whether UseOnce remembers key.
	Used(ctx context.Context, key string) (bool, error)
	// UseOnce remembers key until the given time, and reports whether this is its first use.
	UseOnce(ctx context.Context, key string, until time.Time) (first bool, err error)
}
