package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
	"wallaroo-user-admin/web/templates"
)

// askDeactivate serves GET /users/{id}/deactivate: the question before it, as a
// page or in the dialog.
func (s *site) askDeactivate(w http.ResponseWriter, r *http.Request) error {
	d, err := s.Directory.Account(r.Context(), caller(r), chi.URLParam(r, "id"), directory.Patience{})
	if err != nil {
		return err
	}
	v, err := s.deactivateView(r, d.Account)
	if err != nil {
		return err
	}
	if refusal := s.Directory.Refuses(caller(r), d.Account, false); refusal != nil {
		v.Refused = refusalText(refusal.Reason)
	}
	return s.deactivateAnswer(w, r, http.StatusOK, v)
}

func (s *site) deactivateView(r *http.Request, a *directory.Account) (templates.DeactivateView, error) {
	reading, err := s.Directory.Read(r.Context(), caller(r), directory.Patience{})
	if err != nil {
		return templates.DeactivateView{}, err
	}
	return templates.DeactivateView{
		ID: a.ID, Name: a.Name(), Email: a.Email, Seats: s.seats(reading.Snapshot),
		Return: s.returnPath(r, a.ID), Key: newKey(),
	}, nil
}

func (s *site) deactivateAnswer(w http.ResponseWriter, r *http.Request, status int, v templates.DeactivateView) error {
	c := s.chrome(r, templates.SectionUsers)
	if partial(r) {
		return s.page(w, r, status, templates.DeactivateDialog(c, v))
	}
	return s.page(w, r, status, templates.DeactivatePage(c, v))
}

// deactivate serves POST /users/{id}/deactivate.
func (s *site) deactivate(w http.ResponseWriter, r *http.Request) error {
	done, err := s.setActive(r, false)
	if err == nil {
		return s.changed(w, r, done)
	}
	if done.account == nil || auth401(err) {
		return err
	}
	// The question stays, with what went wrong above it.
	v, viewErr := s.deactivateView(r, done.account)
	if viewErr != nil {
		return err
	}
	p := problemOf(err)
	s.logCause(r, p.status, err)
	if refusal := refusalOf(err); refusal != nil {
		v.Refused = refusalText(refusal.Reason)
	} else {
		v.Fault = &templates.Note{Tone: templates.ToneBad, Title: p.title + ".", Text: strings.TrimSpace(p.message + " " + p.done)}
	}
	return s.deactivateAnswer(w, r, p.status, v)
}

// activate serves POST /users/{id}/activate.
func (s *site) activate(w http.ResponseWriter, r *http.Request) error {
	done, err := s.setActive(r, true)
	if errors.Is(err, wallaroo.ErrForbidden) {
		return s.seatProblem(r, err, "Nobody was activated.")
	}
	if err != nil {
		return err
	}
	return s.changed(w, r, done)
}

// auth401 reports whether the session, not the change, is at fault.
func auth401(err error) bool {
	return errors.Is(err, wallaroo.ErrUnauthorized) || problemOf(err).status == http.StatusInternalServerError
}

// change is a change of one account that was written down, sent and read back.
type change struct {
	event   string // the audit event's id
	account *directory.Account
	active  bool
	// before is how the same form ended that was sent before; "" if it was not.
	before audit.Outcome
}

// setActive changes an account's status: judged, written down, sent, read back,
// and its outcome written down too.
func (s *site) setActive(r *http.Request, active bool) (change, error) {
	if err := r.ParseForm(); err != nil {
		return change{}, formProblem(err)
	}
	id, me := chi.URLParam(r, "id"), caller(r)
	a, err := s.Directory.Prepare(r.Context(), me, id, active)
	done := change{account: a, active: active}
	if err != nil {
		if refusal := refusalOf(err); refusal != nil {
			s.recordRefused(r, statusAction(active), a, refusalText(refusal.Reason))
		}
		return done, err
	}
	done.event, err = s.intend(r, statusAction(active), targetOf(a))
	var repeated *audit.RepeatedError
	if errors.As(err, &repeated) {
		// The same form again: nothing is sent, and what became of it the first time is told.
		done.event, done.before = repeated.First.ID, repeated.First.Outcome
		return done, nil
	}
	if err != nil {
		return done, err
	}
	after, err := s.Directory.SetActive(r.Context(), me, a, active)
	s.conclude(r, done.event, err, audit.Target{})
	done.account = after
	return done, err
}

func statusAction(active bool) audit.Action {
	if active {
		return audit.Activate
	}
	return audit.Deactivate
}

// changed answers a change that was done: back to the page it came from, or for
// htmx what it changes there.
func (s *site) changed(w http.ResponseWriter, r *http.Request, done change) error {
	back := s.returnPath(r, done.account.ID)
	if !partial(r) {
		s.leaveToast(w, done.event)
		s.see(w, r, back)
		return nil
	}
	toast := s.changeToast(done.account.ID, done.account.Name(), done.active, back)
	if done.before != "" && done.before != audit.Done {
		toast = notDoneToast(done.before, done.account.Name())
	}
	if back == templates.Base("").User(done.account.ID) {
		v, err := s.userView(r, done.account.ID)
		if err != nil {
			return err
		}
		c := s.chrome(r, templates.SectionUsers)
		c.Toast = toast
		return s.page(w, r, http.StatusOK, templates.UserFragment(c, v))
	}
	return s.changedRow(w, r, done.account, back, toast)
}

// changedRow answers with the row as it is now, or with the whole list if the
// account has come into the one on show, or gone from it.
func (s *site) changedRow(w http.ResponseWriter, r *http.Request, a *directory.Account, back string, toast *templates.Toast) error {
	reading, err := s.Directory.Read(r.Context(), caller(r), directory.Patience{})
	if err != nil {
		return err
	}
	ask := askOf(r, back)
	asked, _ := ask.directory(s.nowOf(r))
	c := s.home(r, templates.SectionUsers)
	before := *a
	before.Enabled = !a.Enabled
	if asked.Shows(&before) != asked.Shows(a) {
		return s.page(w, r, http.StatusOK, templates.UserMovedFragment(c, s.usersView(r, ask, reading), *toast))
	}
	v := templates.UserChanged{
		ID: a.ID, Return: back, Total: reading.Total,
		Seats: s.seats(reading.Snapshot), Tabs: s.usersTabs(ask, reading.List(asked).Counts), Toast: *toast,
	}
	if asked.Shows(a) {
		row := s.userRow(caller(r), s.zones.of(r), reading, a, asked.Query)
		v.Row = &row
	}
	return s.page(w, r, http.StatusOK, templates.UserChangedFragment(c, v))
}

// askOf reads the list that an address of ours asks for.
func askOf(r *http.Request, path string) usersAsk {
	u, err := url.Parse(path)
	if err != nil {
		u = &url.URL{Path: "/users"}
	}
	like := r.Clone(context.WithoutCancel(r.Context()))
	like.URL = u
	return readUsersAsk(like)
}

// returnPath is where a change comes back to: the list as it was, or the
// account's page. Anything else in the form means the account's page.
func (s *site) returnPath(r *http.Request, id string) string {
	page := templates.Base("").User(id)
	u, err := url.Parse(r.FormValue("return"))
	if err != nil || u.IsAbs() || u.Host != "" || u.Path != "/users" && u.EscapedPath() != page {
		return page
	}
	if u.Path == "/users" {
		return askOf(r, u.String()).path()
	}
	return page
}

// seatProblem words a 403 on a change that takes a seat: the counter says
// whether it is the licence or the permission.
func (s *site) seatProblem(r *http.Request, err error, done string) *problem {
	p := &problem{
		status: http.StatusForbidden, title: "Wallaroo refused this", cause: err, done: done,
		message: "You have reached the user limit in your Wallaroo instance, or your account may not do this. " +
			"To make room, deactivate an account that is no longer needed.",
	}
	reading, readErr := s.Directory.Read(r.Context(), caller(r), directory.Patience{Wait: firstWait})
	if readErr != nil || s.SeatLimit == 0 {
		return p
	}
	if reading.Active >= s.SeatLimit {
		p.title = "Every licence seat is in use"
		p.message = "All " + templates.Count(s.SeatLimit, "seat is", "seats are") + " in use. Deactivate an account that is no longer needed, or ask Wallaroo for more seats."
	}
	return p
}
