package session

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/gorilla/sessions"
)

const (
	hostPrefix = "__Host-"
	idBytes    = 32
	// maxCandidates bounds the cookies of our name that are looked up. There can
	// be several on loopback, where programs on other ports share the cookies.
	maxCandidates = 3
)

// CookieName returns the name of the cookie for the session called name:
// __Host-name when secure, so that no other host can set it (RFC 6265bis,
// section 4.1.3.2), and name itself for http on loopback.
func (s *Store) CookieName(name string) string {
	if s.opts.Secure && !strings.HasPrefix(name, hostPrefix) {
		return hostPrefix + name
	}
	return name
}

// options are the attributes of every cookie. Path is / under a base path too:
// the __Host- prefix requires it, and the cookie has no power elsewhere. It has
// no Max-Age: it goes with the browser, and its session by our clock.
func (s *Store) options() *sessions.Options {
	return &sessions.Options{Path: "/", Secure: s.opts.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// setCookie gives the browser the id, or takes the cookie away if id is "".
// The attributes are the store's own, whatever the session's Options say.
func (s *Store) setCookie(w http.ResponseWriter, name, id string) {
	options := s.options()
	if id == "" {
		options.MaxAge = -1
	}
	http.SetCookie(w, sessions.NewCookie(s.CookieName(name), id, options))
}

// candidates returns the ids in the request's cookies of that name. What
// doesn't have the form of an id is left out without a look at the database.
func (s *Store) candidates(r *http.Request, name string) []string {
	var ids []string
	for _, cookie := range r.CookiesNamed(s.CookieName(name)) {
		if isID(cookie.Value) && len(ids) < maxCandidates {
			ids = append(ids, cookie.Value)
		}
	}
	return ids
}

func newID() string {
	b := make([]byte, idBytes)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

func isID(text string) bool {
	if len(text) != base64.RawURLEncoding.EncodedLen(idBytes) {
		return false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(b) == idBytes
}
