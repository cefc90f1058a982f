package handlers

import (
	"net/http"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/web/templates"
)

// noticeCookie is the cookie with the id of the audit event that the next page
// reports, once. The event itself stays in the database.
const noticeCookie = "notice"

// noticeLife is how long after a change its notice may still be shown.
const noticeLife = time.Minute

// leaveToast stores the event for the next page, after a redirect.
func (s *site) leaveToast(w http.ResponseWriter, eventID string) {
	http.SetCookie(w, s.Cookies.New(noticeCookie, eventID, noticeLife))
}

// takeToast returns the toast for the stored event and deletes the cookie; nil
// if another administrator made the change.
func (s *site) takeToast(w http.ResponseWriter, r *http.Request) *templates.Toast {
	id := s.Cookies.Of(r, noticeCookie)
	if id == "" {
		return nil
	}
	http.SetCookie(w, s.Cookies.New(noticeCookie, "", -1))
	e, err := s.Audit.Get(r.Context(), id)
	if err != nil || s.now().Sub(e.Time) > 2*noticeLife || e.Action != audit.Activate && e.Action != audit.Deactivate {
		return nil
	}
	if me := auth.From(r.Context()); !e.Actor.Is(me.Issuer, me.Subject) {
		return nil
	}
	if e.Outcome != audit.Done {
		return notDoneToast(e.Outcome, firstOf(e.Target.Name, e.Target.Email))
	}
	return s.changeToast(e.Target.ID, firstOf(e.Target.Name, e.Target.Email), e.Action == audit.Activate, below(s.Base, r.URL))
}

// notDoneToast reports a change that failed or whose outcome is unknown.
func notDoneToast(outcome audit.Outcome, name string) *templates.Toast {
	text := "Not done:"
	if outcome.IsOpen() {
		text = "Not known yet whether it was done:"
	}
	return &templates.Toast{Tone: templates.ToneWarn, Text: text, About: name}
}

// changeToast reports a completed change, and offers to undo it.
func (s *site) changeToast(id, name string, active bool, back string) *templates.Toast {
	done, undo := "Deactivated", "activate"
	if active {
		done, undo = "Activated", "deactivate"
	}
	return &templates.Toast{
		Tone: templates.ToneOK, Text: done, About: name,
		Undo: &templates.Action{
			Text: "Undo", Post: true, Href: s.Base.User(id, undo),
			Fields: []templates.Field{{Name: "return", Value: back}, {Name: "key", Value: changes.NewKey()}},
		},
	}
}
