package demo

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// Default lifetimes of a Keycloak realm.
const (
	requestLife = 30 * time.Minute // to fill in the sign-in form
	codeLife    = time.Minute
	refreshIdle = 30 * time.Minute
	sessionMax  = 10 * time.Hour
)

// session is one browser signed in at the provider (Keycloak's user session).
type session struct {
	id, userID string
	secret     string    // the cookie's value; the id is visible in tokens and URLs
	since      time.Time // last authentication by form: auth_time
	expires    time.Time
}

// grant is the result of one authorization code: a family of refresh tokens. It implements op.RefreshTokenRequest.
type grant struct {
	session  *session
	clientID string
	scopes   []string
	dead     bool
}

func (g *grant) GetAMR() []string          { return []string{"pwd"} }
func (g *grant) GetAudience() []string     { return nil } // of the ID token: op adds the client
func (g *grant) GetAuthTime() time.Time    { return g.session.since }
func (g *grant) GetClientID() string       { return g.clientID }
func (g *grant) GetScopes() []string       { return g.scopes }
func (g *grant) GetSubject() string        { return g.session.userID }
func (g *grant) SetCurrentScopes([]string) {}

// refreshToken is one member of a grant's family, stored by its hash.
type refreshToken struct {
	grant   *grant
	used    bool
	expires time.Time
}

// authRequest is one pending sign-in, from the authorization request until its code is used. It implements
// op.AuthRequest.
type authRequest struct {
	id      string
	asked   oidc.AuthRequest
	expires time.Time

	passwordOf string   // the account that still has to set a new password
	session    *session // set after the sign-in
}

// authCode is a code, kept after its use: a second use revokes the grant of the first.
type authCode struct {
	request *authRequest
	expires time.Time
	used    bool
	grant   *grant
}

func (a *authRequest) GetID() string                      { return a.id }
func (a *authRequest) GetACR() string                     { return "1" }
func (a *authRequest) GetAMR() []string                   { return []string{"pwd"} }
func (a *authRequest) GetAudience() []string              { return nil }
func (a *authRequest) GetClientID() string                { return a.asked.ClientID }
func (a *authRequest) GetNonce() string                   { return a.asked.Nonce }
func (a *authRequest) GetRedirectURI() string             { return a.asked.RedirectURI }
func (a *authRequest) GetResponseType() oidc.ResponseType { return a.asked.ResponseType }
func (a *authRequest) GetResponseMode() oidc.ResponseMode { return a.asked.ResponseMode }
func (a *authRequest) GetScopes() []string                { return a.asked.Scopes }
func (a *authRequest) GetState() string                   { return a.asked.State }
func (a *authRequest) Done() bool                         { return a.session != nil }
func (a *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: a.asked.CodeChallenge, Method: a.asked.CodeChallengeMethod}
}

func (a *authRequest) GetSubject() string {
	if a.session == nil {
		return ""
	}
	return a.session.userID
}

func (a *authRequest) GetAuthTime() time.Time {
	if a.session == nil {
		return time.Time{}
	}
	return a.session.since
}

// GetSessionState makes op send session_state along, as Keycloak does.
func (a *authRequest) GetSessionState() string {
	if a.session == nil {
		return ""
	}
	return a.session.id
}

// silent reports whether the request has prompt=none.
func (a *authRequest) silent() bool { return slices.Contains(a.asked.Prompt, oidc.PromptNone) }

// accepts reports whether an existing session suffices: not with prompt=login, nor past max_age.
func (a *authRequest) accepts(s *session) bool {
	if slices.Contains(a.asked.Prompt, oidc.PromptLogin) {
		return false
	}
	return a.asked.MaxAge == nil || time.Since(s.since).Seconds() <= float64(*a.asked.MaxAge)
}

// pending returns the pending sign-in with id, or nil when there is none.
func (s *storage) pending(id string) *authRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.requests[id]
	if a == nil || time.Now().After(a.expires) {
		return nil
	}
	c := *a
	return &c
}

// awaitPassword records that userID has authenticated for request id but must set a new password.
func (s *storage) awaitPassword(id, userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.requests[id]; a != nil {
		a.passwordOf = userID
	}
}

// complete binds request id to a session of userID: the browser's current one when it is theirs, else a new one. fresh
// means that the user has just filled in the form.
func (s *storage) complete(id string, browser *session, userID string, fresh bool) (*session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.requests[id]
	if a == nil {
		return nil, false
	}
	now := time.Now()
	var current *session
	if browser != nil {
		current = s.sessions[browser.id]
	}
	if current == nil || current.userID != userID {
		current = &session{
			id: uuid.NewString(), secret: randomText(32), userID: userID, since: now, expires: now.Add(sessionMax),
		}
		s.sessions[current.id] = current
	} else if fresh {
		renewed := *current // others read the old one without the lock
		renewed.since = now
		current = &renewed
		s.sessions[current.id] = current
	}
	a.session, a.passwordOf = current, ""
	return current, true
}

// session returns the live session with id, or nil.
func (s *storage) session(id string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alive(id)
}

func (s *storage) alive(id string) *session {
	found := s.sessions[id]
	if found == nil || time.Now().After(found.expires) {
		return nil
	}
	c := *found
	return &c
}

// end removes the session with id and notifies the dashboards.
func (s *storage) end(ctx context.Context, id string) []notice {
	s.mu.Lock()
	found := s.sessions[id]
	delete(s.sessions, id)
	s.mu.Unlock()
	if found == nil {
		return nil
	}
	return s.ended(ctx, found.userID, found.id)
}

// sessionsOf returns the ids of userID's sessions.
func (s *storage) sessionsOf(userID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for id, found := range s.sessions {
		if found.userID == userID {
			ids = append(ids, id)
		}
	}
	return ids
}

// drop removes sessions without notifying the dashboards.
func (s *storage) drop(ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.sessions, id)
	}
}

// sessionState is a session in the answer of GET /control/sessions.
type sessionState struct {
	ID      string    `json:"sid"`
	Subject string    `json:"sub"`
	Since   time.Time `json:"since"`
}

// listSessions returns the sessions of userID, or all when it is empty.
func (s *storage) listSessions(userID string) []sessionState {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := []sessionState{}
	for _, found := range s.sessions {
		if userID == "" || found.userID == userID {
			states = append(states, sessionState{found.id, found.userID, found.since})
		}
	}
	return states
}
