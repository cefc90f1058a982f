package handlers

import (
	"net/http"
	"slices"
	"time"
)

// choiceLife is the Max-Age of a preference cookie.
const choiceLife = 365 * 24 * time.Hour

// savePreferences serves POST /preferences: it stores theme and keyboard
// shortcuts in cookies.
func (s *site) savePreferences(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return formProblem(err)
	}
	if t := oneOf(r.PostFormValue("theme"), "system", "light", "dark"); t != "" {
		s.keepChoice(w, "theme", t)
	}
	if sent := r.PostForm["shortcuts"]; len(sent) > 0 {
		choice := "off"
		if slices.Contains(sent, "on") {
			choice = "on"
		}
		s.keepChoice(w, "shortcuts", choice)
	}
	s.see(w, r, s.localPath(r.PostFormValue("return")))
	return nil
}

// keepChoice sets a preference cookie. It is not HttpOnly because scripts read
// and write it; it contains nothing sensitive.
func (s *site) keepChoice(w http.ResponseWriter, name, value string) {
	c := s.Cookies.New(name, value, choiceLife) //nolint:gosec // scripts read it, see above
	c.HttpOnly = false
	http.SetCookie(w, c)
}
