package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
	"wallaroo-user-admin/web/templates"
)

// askDeactivate serves GET /users/{id}/deactivate: the confirmation, as a page
// or within the dialog.
func (s *site) askDeactivate(w http.ResponseWriter, r *http.Request) error {
	d, err := s.Directory.Account(r.Context(), caller(r), userID(r), directory.ReadOptions{})
	if err != nil {
		return err
	}
	v, err := s.deactivateView(r, d.Account)
	if err != nil {
		return err
	}
	if reason := s.Changes.Refuses(caller(r), d.Account, false); reason != "" {
		v.Refused = reason.Text()
	}
	return s.deactivateAnswer(w, r, http.StatusOK, v)
}

func (s *site) deactivateView(r *http.Request, a *directory.Account) (templates.DeactivateView, error) {
	reading, err := s.Directory.Read(r.Context(), caller(r), directory.ReadOptions{})
	if err != nil {
		return templates.DeactivateView{}, err
	}
	return templates.DeactivateView{
		ID: a.ID, Name: a.Name(), Email: a.Email, Seats: s.seats(reading.Snapshot),
		Return: s.returnPath(r, a.ID), Key: changes.NewKey(),
	}, nil
}

func (s *site) deactivateAnswer(w http.ResponseWriter, r *http.Request, status int, v templates.DeactivateView) error {
	c := s.chrome(r, templates.SectionUsers)
	if partial(r) {
		return s.page(w, r, status, templates.DeactivateDialog(c, v))
	}
	return s.page(w, r, status, templates.DeactivatePage(c, v))
}

// deactivate serves POST /users/{id}/deactivate: it deactivates the account and
// redirects to the page it came from.
func (s *site) deactivate(w http.ResponseWriter, r *http.Request) error {
	request, err := changeRequest(r)
	if err != nil {
		return err
	}
	done, err := s.Changes.Deactivate(r.Context(), request, userID(r))
	if err == nil {
		return s.changed(w, r, done, false)
	}
	if done.Account == nil || errors.Is(err, wallaroo.ErrUnauthorized) || problemOf(err).status == http.StatusInternalServerError {
		return err // a fault of the session or this server, not of the change
	}
	// Show the confirmation again with the error above it.
	v, viewErr := s.deactivateView(r, done.Account)
	if viewErr != nil {
		return err
	}
	p := problemOf(err)
	s.logCause(r, p.status, err)
	if refused, ok := errors.AsType[*changes.RefusedError](err); ok {
		v.Refused = refused.Reason.Text()
	} else {
		v.Fault = &templates.Note{Tone: templates.ToneBad, Title: p.title + ".", Text: strings.TrimSpace(p.message + " " + p.done)}
	}
	return s.deactivateAnswer(w, r, p.status, v)
}

// activate serves POST /users/{id}/activate: it activates the account and
// redirects to the page it came from.
func (s *site) activate(w http.ResponseWriter, r *http.Request) error {
	request, err := changeRequest(r)
	if err != nil {
		return err
	}
	done, err := s.Changes.Activate(r.Context(), request, userID(r))
	if errors.Is(err, wallaroo.ErrForbidden) {
		return s.seatProblem(r, err, "Nobody was activated.")
	}
	if err != nil {
		return err
	}
	return s.changed(w, r, done, true)
}

// changed answers a completed change: a redirect to the page it came from, or
// the changed fragment for htmx.
func (s *site) changed(w http.ResponseWriter, r *http.Request, done changes.Result, active bool) error {
	back := s.returnPath(r, done.Account.ID)
	if !partial(r) {
		s.leaveToast(w, done.Event)
		s.see(w, r, back)
		return nil
	}
	toast := s.changeToast(done.Account.ID, done.Account.Name(), active, back)
	if done.Repeated != nil && done.Repeated.Outcome != audit.Done {
		toast = notDoneToast(done.Repeated.Outcome, done.Account.Name())
	}
	if back == templates.Base("").User(done.Account.ID) {
		v, err := s.userView(r, done.Account.ID)
		if err != nil {
			return err
		}
		c := s.chrome(r, templates.SectionUsers)
		c.Toast = toast
		return s.page(w, r, http.StatusOK, templates.UserFragment(c, v))
	}
	return s.changedRow(w, r, done.Account, back, toast)
}

// changedRow answers with the account's row, or with the whole list if the
// account no longer matches the list's filter, or matches it now.
func (s *site) changedRow(w http.ResponseWriter, r *http.Request, a *directory.Account, back string, toast *templates.Toast) error {
	reading, err := s.Directory.Read(r.Context(), caller(r), directory.ReadOptions{})
	if err != nil {
		return err
	}
	params := s.paramsOf(r, back)
	asked, _ := params.directory(s.nowOf(r))
	c := s.home(r, templates.SectionUsers)
	before := *a
	before.Enabled = wallaroo.BoolOf(a.Status() == directory.Deactivated)
	if reading.Shows(asked, &before) != reading.Shows(asked, a) {
		return s.page(w, r, http.StatusOK, templates.UserMovedFragment(c, s.usersView(r, params, reading), *toast))
	}
	v := templates.UserChanged{
		ID: a.ID, Return: back, Total: reading.Total,
		Seats: s.seats(reading.Snapshot), Tabs: s.usersTabs(params, reading.List(asked).Counts), Toast: *toast,
	}
	if reading.Shows(asked, a) {
		row := s.userRow(caller(r), s.zones.of(r), reading, a, asked.Query)
		v.Row = &row
	}
	return s.page(w, r, http.StatusOK, templates.UserChangedFragment(c, v))
}

// paramsOf parses the list parameters of one of this site's addresses.
func (s *site) paramsOf(r *http.Request, path string) usersParams {
	u, err := url.Parse(path)
	if err != nil {
		u = &url.URL{Path: "/users"}
	}
	like := r.Clone(context.WithoutCancel(r.Context()))
	like.URL = u
	return s.readUsersParams(like)
}

// returnPath returns the path that a change redirects to: the list with its
// parameters, or the account's page for any other value of the form.
func (s *site) returnPath(r *http.Request, id string) string {
	page := templates.Base("").User(id)
	u, err := url.Parse(r.FormValue("return"))
	if err != nil || u.IsAbs() || u.Host != "" || u.Path != "/users" && u.EscapedPath() != page {
		return page
	}
	if u.Path == "/users" {
		return s.paramsOf(r, u.String()).path()
	}
	return page
}

// seatProblem returns the problem for a 403 on a change that takes a licence
// seat: the number of active users tells whether the licence or the permission
// is the cause.
func (s *site) seatProblem(r *http.Request, err error, done string) *problem {
	p := &problem{
		status: http.StatusForbidden, title: "Wallaroo refused this", cause: err, done: done,
		message: "You have reached the user limit in your Wallaroo instance, or your account may not do this. " +
			"To make room, deactivate an account that is no longer needed.",
	}
	reading, readErr := s.Directory.Read(r.Context(), caller(r), directory.ReadOptions{Wait: firstWait})
	if readErr == nil && s.seats(reading.Snapshot).Full() {
		p.title = "Every licence seat is in use"
		p.message = "All " + templates.Count(s.SeatLimit, "seat is", "seats are") + " in use. Deactivate an account that is no longer needed, or ask Wallaroo for more seats."
	}
	return p
}
