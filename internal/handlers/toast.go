package handlers

import (
	"net/http"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/web/templates"
)

// noticeCookie carries the id of the audit event that the next page tells of,
// once. The event itself stays in the database.
const noticeCookie = "notice"

// noticeLife is how long after a change its notice may still be shown.
const noticeLife = time.Minute

// leaveToast leaves word for the page that a redirect leads to.
func (s *site) leaveToast(w http.ResponseWriter, eventID string) {
	http.SetCookie(w, &http.Cookie{Name: noticeCookie, Value: eventID, Path: s.Base.Path(), MaxAge: int(noticeLife.Seconds()),
		HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
}

// takeToast gives what the last change left word of, and forgets it. Only who
// made the change is told.
func (s *site) takeToast(w http.ResponseWriter, r *http.Request) *templates.Toast {
	id := cookieValue(r, noticeCookie)
	if id == "" {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: noticeCookie, Path: s.Base.Path(), MaxAge: -1, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	e, err := s.Audit.Get(r.Context(), id)
	if err != nil || e.Actor.Subject != auth.From(r.Context()).Subject || s.now().Sub(e.Time) > noticeLife+s.slack() {
		return nil
	}
	if e.Outcome != audit.Done {
		return &templates.Toast{Tone: templates.ToneWarn, Text: "Not done:", About: firstOf(e.Target.Name, e.Target.Email)}
	}
	return s.changeToast(e.Target.ID, firstOf(e.Target.Name, e.Target.Email), e.Action == audit.Activate, below(s.Base, r.URL))
}

// slack is how long a change may take before its page is shown.
func (s *site) slack() time.Duration { return time.Minute }

// changeToast tells what was done to whom, and offers to take it back.
func (s *site) changeToast(id, name string, active bool, back string) *templates.Toast {
	done, undo := "Deactivated", "activate"
	if active {
		done, undo = "Activated", "deactivate"
	}
	return &templates.Toast{
		Tone: templates.ToneOK, Text: done, About: name,
		Undo: &templates.Action{Text: "Undo", Post: true, Href: s.Base.User(id, undo),
			Fields: []templates.Field{{Name: "return", Value: back}, {Name: "key", Value: newKey()}}},
	}
}
