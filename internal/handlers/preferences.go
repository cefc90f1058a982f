package handlers

import (
	"net/http"
	"slices"
	"time"
)

// choiceLife is how long a browser keeps a reader's choice.
const choiceLife = 365 * 24 * time.Hour

// savePreferences serves POST /preferences: theme and shortcuts, kept in the
// browser's own cookies.
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

// keepChoice remembers a choice in the browser. Scripts read and write these
// cookies too, so they are not HttpOnly; nothing in them matters.
func (s *site) keepChoice(w http.ResponseWriter, name, value string) {
	c := s.Cookies.New(name, value, choiceLife) //nolint:gosec // scripts may read it, see above
	c.HttpOnly = false
	http.SetCookie(w, c)
}
