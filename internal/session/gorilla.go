package session

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gorilla/sessions"
)

// Get returns the request's session called name, the same one each time for
// one request. See [Store.New].
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session called name that the request's cookie of that purpose
// names. Without a cookie, or with one that is changed, overlong, ended
// or expired, it returns an empty session with IsNew and no error. It is never
// nil; the error is that of a database that doesn't answer.
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.Options = &sessions.Options{}
	session.IsNew = true
	// What doesn't have the form of an id is left out without a look at the database.
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

// Save writes the session and sets its cookie. Without an ID the session is
// new and gets one; an id from elsewhere has no power ([ErrNotLoaded]). With
// Options.MaxAge below zero, session and cookie are deleted; where that fails,
// the browser keeps the cookie. No other option has a say. The cookie goes with
// the browser, and its session by our clock.
//
// A session that has been ended meanwhile is not brought back ([ErrEnded]), one
// that was written meanwhile is not overwritten ([ErrConflict]): in both cases
// no cookie is set. It also fails with [ErrTooLarge], [ErrValues], or the
// database's error.
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

// drop ends the session and then takes its cookie away: who can't be signed out
// must be able to try again, and not take a session that lives on for ended.
func (s *Store) drop(ctx context.Context, w http.ResponseWriter, session *sessions.Session) error {
	if session.ID != "" {
		if err := s.End(ctx, session.ID); err != nil {
			return err
		}
	}
	http.SetCookie(w, s.opts.Cookies.New(session.Name(), "", -1))
	return nil
}
