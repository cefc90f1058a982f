package session

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gorilla/sessions"
)

// Get returns the session of the request's cookie name, cached for the request.
// See [Store.New].
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session whose id is in the request's cookie for the purpose name.
// If the cookie is missing or malformed, or its session has ended or expired, it
// returns an empty session with IsNew set and no error. The session is never nil;
// the error is the database's.
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.Options = &sessions.Options{}
	session.IsNew = true
	// A malformed id must not cost a query.
	id := s.opts.Cookies.Of(r, name)
	if !isID(id) {
		return session, nil
	}
	found, ok, err := s.load(r.Context(), id)
	if ok {
		fill(session, found)
		s.touch(r.Context(), found)
	}
	return session, err
}

// Save writes the session and sets its cookie. A session without an ID is new and
// gets one; an ID that this store has not read is [ErrNotLoaded]. If
// Options.MaxAge is negative, session and cookie are deleted; if that fails, the
// cookie is kept. All other options are ignored: the cookie has no Max-Age, and
// the session expires by our clock.
//
// It returns [ErrEnded] if the session has been ended since it was read, and
// [ErrConflict] if it has been written since; then it changes nothing and sets no
// cookie. Other errors are [ErrTooLarge], [ErrValues] and the database's.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	ctx := r.Context()
	if session.Options != nil && session.Options.MaxAge < 0 {
		return s.drop(ctx, w, session)
	}
	if session.ID == "" {
		if err := s.insert(ctx, session); err != nil {
			return err
		}
		http.SetCookie(w, s.opts.Cookies.New(session.Name(), session.ID, 0))
		return nil
	}
	stored, err := s.Replace(ctx, session)
	if err != nil {
		return err
	}
	if !stored {
		_, alive, err := s.load(ctx, session.ID)
		if err != nil {
			return err
		}
		if !alive {
			return ErrEnded
		}
		return fmt.Errorf("save: %w", ErrConflict)
	}
	http.SetCookie(w, s.opts.Cookies.New(session.Name(), session.ID, 0))
	return nil
}

// drop ends the session and then expires its cookie. The order matters: if ending
// fails, the user must still have the cookie to try again with.
func (s *Store) drop(ctx context.Context, w http.ResponseWriter, session *sessions.Session) error {
	if session.ID != "" {
		if err := s.End(ctx, session.ID); err != nil {
			return err
		}
	}
	http.SetCookie(w, s.opts.Cookies.New(session.Name(), "", -1))
	return nil
}
