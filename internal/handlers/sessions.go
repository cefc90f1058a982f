package handlers

import (
	"context"
	"net/http"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/web/templates"
)

// Session is one of an administrator's sessions, for display.
type Session struct {
	// Ref identifies it for Sessions.End; it is not the session cookie's value.
	Ref                       string
	Started, Used, EndsUnused time.Time
	Current                   bool
}

// Sessions is the part of the session store that the sessions page needs.
type Sessions interface {
	// List returns the sessions of a subject; current is the id of the
	// requesting session.
	List(ctx context.Context, subject, current string) ([]Session, error)
	// End ends the session with this ref, or all but current if ref is empty,
	// and returns how many it ended.
	End(ctx context.Context, subject, current, ref string) (int, error)
}

// showSessions serves GET /sessions: the administrator's own sessions.
func (s *site) showSessions(w http.ResponseWriter, r *http.Request) error {
	id := auth.From(r.Context())
	found, err := s.Sessions.List(r.Context(), id.Subject, id.SessionID)
	if err != nil {
		return databaseProblem(err)
	}
	v := templates.SessionsView{Idle: distance(s.SessionIdle), Max: distance(s.SessionMax)}
	for _, one := range found {
		v.Sessions = append(v.Sessions, templates.SessionRow{
			Ref: one.Ref, Current: one.Current, Started: moment(one.Started, s.zones.of(r), templates.DayTime),
			Used: moment(one.Used, s.zones.of(r), templates.DayTime), Ends: moment(one.EndsUnused, s.zones.of(r), templates.DayTime),
		})
	}
	return s.page(w, r, http.StatusOK, templates.SessionsPage(s.chrome(r, templates.SectionNone), v))
}

// endSessions serves POST /sessions/end: it ends one of the administrator's own
// sessions, or all but the current one.
func (s *site) endSessions(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return formProblem(err)
	}
	id := auth.From(r.Context())
	n, err := s.Sessions.End(r.Context(), id.Subject, id.SessionID, r.PostFormValue("session"))
	if err != nil {
		return databaseProblem(err)
	}
	if n > 0 {
		e := event(r, audit.EndSessions)
		e.Detail = templates.Count(n, "session", "sessions")
		if _, err := s.Audit.Record(r.Context(), e); err != nil {
			return databaseProblem(err)
		}
	}
	s.see(w, r, "/sessions")
	return nil
}
