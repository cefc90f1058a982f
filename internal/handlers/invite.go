package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/wallaroo"
	"wallaroo-user-admin/web/templates"
)

// showInvite serves GET /invite: the invitation form.
func (s *site) showInvite(w http.ResponseWriter, r *http.Request) error {
	v := templates.InviteView{Choice: templates.PasswordAuto}
	return s.invitePage(w, r, http.StatusOK, v)
}

// invitePage renders the form with a new one-time key.
func (s *site) invitePage(w http.ResponseWriter, r *http.Request, status int, v templates.InviteView) error {
	c := s.chrome(r, templates.SectionUsers)
	v.Key, v.Seats = changes.NewKey(), templates.Seats{Loading: true, Limit: s.SeatLimit}
	reading, err := s.Directory.Read(r.Context(), caller(r), directory.ReadOptions{Wait: firstWait})
	switch {
	case err == nil:
		c.Stale, v.Seats = s.stale(r, reading), s.seats(reading.Snapshot)
	case !errors.Is(err, directory.ErrReading) && v.Fault == nil:
		return err
	}
	return s.page(w, r, status, templates.InvitePage(c, v))
}

// invitation holds the fields of the form; email is the address in typed, if one is
// surely meant.
type invitation struct {
	typed, email, password string
	choice                 templates.PasswordChoice
}

// invite serves POST /invite. A sent invitation is answered with the only page
// that ever shows the password.
func (s *site) invite(w http.ResponseWriter, r *http.Request) error {
	request, err := changeRequest(r)
	if err != nil {
		return err
	}
	form := invitation{typed: strings.Trim(r.PostFormValue("email"), " \t\r\n"), choice: templates.PasswordAuto}
	if r.PostFormValue("pw") == string(templates.PasswordSet) {
		form.choice, form.password = templates.PasswordSet, r.PostFormValue("password")
	}
	again, ask := form.check()
	if ask {
		return s.invitePage(w, r, http.StatusUnprocessableEntity, again)
	}
	form.email = again.Email
	invited, err := s.Changes.Invite(r.Context(), request, form.email, form.password)
	switch {
	case err != nil:
		return s.inviteFault(w, r, form, err)
	case invited.Repeated != nil:
		return s.inviteRepeated(w, r, *invited.Repeated)
	default:
		return s.inviteResult(w, r, form, invited)
	}
}

// check validates the form's fields without asking the API. If it returns false,
// v.Email is the address to invite; else v is the form to show again: a field is
// faulty, or the address was understood from more text, which the next submission
// of the form confirms.
func (form invitation) check() (v templates.InviteView, again bool) {
	v = templates.InviteView{Email: strings.ToValidUTF8(form.typed, "\uFFFD"), Choice: form.choice}
	pasted := emails.ParsePasted(form.typed)
	switch {
	case form.typed == "":
		v.EmailFault = &templates.FieldFault{Text: "Enter the email address of the person to invite."}
	case len(pasted.Several) > 0:
		v.EmailFault = severalFault(pasted.Several)
	case pasted.Address != "":
		v.Email = pasted.Address
		if pasted.Address != form.typed {
			v.Understood = &templates.Understood{LeftOut: leftOut(pasted)}
		}
	case strings.ContainsFunc(form.typed, func(r rune) bool { return !unicode.IsPrint(r) }):
		v.EmailFault = &templates.FieldFault{Text: "This has characters in it that can’t be seen, as an address that was copied may. Type it by hand."}
	default:
		v.EmailFault = &templates.FieldFault{Text: "This is not an email address. One looks like name@example.com."}
	}
	if form.choice == templates.PasswordSet {
		v.PasswordFault = passwordFault(form.password)
	}
	return v, v.EmailFault != nil || v.PasswordFault != nil || v.Understood != nil
}

// severalFault lists the addresses in a text that has more than one; of many, the
// first three.
func severalFault(all []string) *templates.FieldFault {
	const most = 3
	f := &templates.FieldFault{About: strings.Join(all[:min(len(all), most)], ", "), Text: "are several addresses. Invite one person at a time."}
	if more := len(all) - most; more > 0 {
		f.Text = fmt.Sprintf("and %d more ", more) + f.Text
	}
	return f
}

// leftOut lists what was removed from a pasted text.
func leftOut(p emails.Pasted) string {
	var all []string
	for _, text := range p.LeftOut {
		all = append(all, "“"+text+"”")
	}
	return strings.Join(append(all, p.Unseen...), ", ")
}

// passwordFault checks only the length, since the identity provider has its own
// password policy.
func passwordFault(password string) *templates.FieldFault {
	switch {
	case password == "":
		return &templates.FieldFault{Text: "Enter a password, or let Wallaroo create one."}
	case utf8.RuneCountInString(password) < 8:
		return &templates.FieldFault{Text: "Use at least 8 characters."}
	case len(password) > 256 || !utf8.ValidString(password):
		return &templates.FieldFault{Text: "Use at most 256 plain characters."}
	default:
		return nil
	}
}

// inviteFault renders the form again with the error, and with what was and
// wasn't done.
func (s *site) inviteFault(w http.ResponseWriter, r *http.Request, form invitation, err error) error {
	v := templates.InviteView{Email: form.email, Choice: form.choice}
	if member, ok := errors.AsType[*changes.MemberError](err); ok {
		s.memberFault(r, &v, member.Account)
		return s.invitePage(w, r, http.StatusConflict, v)
	}
	if errors.Is(err, changes.ErrNoKey) || errors.Is(err, changes.ErrLogUnreadable) {
		return s.notInvited(err)
	}
	p := s.inviteProblem(r, form, err)
	if p == nil {
		return err
	}
	s.logCause(r, p.status, err)
	v.Fault = &templates.Note{Tone: templates.ToneBad, Title: p.done, Text: p.title + ". " + p.message, Next: p.next}
	if errors.Is(err, changes.ErrInvitedUnseen) {
		v.Fault.Tone = templates.ToneWarn
	}
	return s.invitePage(w, r, p.status, v)
}

// notInvited returns the problem for an invitation that was not sent.
func (s *site) notInvited(err error) *problem {
	p := changeProblem(err)
	p.cause, p.done = err, nobodyInvited
	if errors.Is(err, changes.ErrNoKey) {
		p.next = []templates.Action{{Text: "Invite a user", Href: s.Base.URL("/invite"), Primary: true}}
	}
	return p
}

// memberFault names the account that already has the address, and offers to
// activate it if it is deactivated.
func (s *site) memberFault(r *http.Request, v *templates.InviteView, a *directory.Account) {
	v.EmailFault = &templates.FieldFault{About: a.Name(), Text: "is already a member.", Href: s.Base.User(a.ID), Link: "Open the account"}
	switch a.Status() {
	case directory.Active:
		return
	case directory.StatusUnknown:
		v.EmailFault.Text = "is already a member, of unknown status."
		return
	}
	v.EmailFault.Text = "is already a member, but deactivated."
	v.Activate = &templates.Activate{
		ID: a.ID, Name: a.Name(), Key: changes.NewKey(),
		Return: templates.Base("").User(a.ID), Locked: s.locked(caller(r), a),
	}
}

// inviteProblem returns the problem for a failed invitation; nil if the error
// has a page of its own.
func (s *site) inviteProblem(r *http.Request, form invitation, err error) *problem {
	find := []templates.Action{{Text: "Look for them in the list", Href: s.Base.URL("/users?" + url.Values{"q": {form.email}, "fresh": {"1"}}.Encode())}}
	switch {
	case errors.Is(err, changes.ErrInvitedUnseen):
		return &problem{
			status: http.StatusBadGateway, done: "They were invited, but the password did not arrive.",
			title:   "Wallaroo did not answer in time, and the account is in the list now",
			message: "Set a new password for it in Keycloak, and hand that over.", next: find,
		}
	case errors.Is(err, changes.ErrUnknown):
		return &problem{
			status: http.StatusBadGateway, done: "Nobody knows yet whether they were invited.",
			title:   "The invitation was sent once, and no clear answer came",
			message: "The list can’t be read right now either. Look for the address before you invite again.", next: find,
		}
	case errors.Is(err, changes.ErrPending):
		p := apiProblem(err)
		p.done, p.next = "Nobody was invited so far.", find
		p.message += " The invitation was sent once, and the address is not in the list yet. It may still appear: look for it before you invite again."
		return p
	case errors.Is(err, wallaroo.ErrForbidden) && isChange(err):
		return s.seatProblem(r, err, nobodyInvited)
	case errors.Is(err, wallaroo.ErrRejected):
		return &problem{
			status: http.StatusUnprocessableEntity, done: nobodyInvited, title: "Wallaroo found fault with the address or the password",
			message: "Its rules for passwords may be stricter than ours. An operator finds them in Keycloak. " +
				"Its answer is not kept, as it may hold the password.",
		}
	case errors.Is(err, wallaroo.ErrTimeout), errors.Is(err, wallaroo.ErrServer), errors.Is(err, wallaroo.ErrMalformed), errors.Is(err, wallaroo.ErrUnreachable):
		p := apiProblem(err)
		p.done, p.next = nobodyInvited, find
		if wallaroo.InDoubt(err) {
			p.message += " The list was read again, and the address is not in it."
		}
		return p
	case errors.Is(err, wallaroo.ErrNotFound), errors.Is(err, wallaroo.ErrTooMany):
		p := apiProblem(err)
		p.done = nobodyInvited
		return p
	default:
		return nil
	}
}

func (s *site) inviteResult(w http.ResponseWriter, r *http.Request, form invitation, invited changes.Invited) error {
	v := templates.InviteResult{ID: invited.ID, Email: form.email, Password: invited.Password, Chosen: form.password != ""}
	if v.Chosen {
		v.Password = ""
	} else if v.Password == "" {
		v.Chosen = true
		v.Warning = &templates.Note{Tone: templates.ToneWarn, Title: "Wallaroo sent no password.", Text: "Set one in Keycloak, and hand that over."}
	}
	v.Seats = templates.Seats{Loading: true, Limit: s.SeatLimit}
	if reading, err := s.Directory.Read(r.Context(), caller(r), directory.ReadOptions{Wait: firstWait}); err == nil {
		v.Seats = s.seats(reading.Snapshot)
	}
	return s.page(w, r, http.StatusOK, templates.InviteResultPage(s.chrome(r, templates.SectionUsers), v))
}

// inviteRepeated answers a form that was submitted before, from the recorded
// outcome; nothing is sent again.
func (s *site) inviteRepeated(w http.ResponseWriter, r *http.Request, first audit.Event) error {
	v := templates.InviteRepeated{
		Email: first.Target.Email, ID: first.Target.ID, Outcome: templates.Outcome(first.Outcome),
	}
	return s.page(w, r, http.StatusOK, templates.InviteRepeatedPage(s.chrome(r, templates.SectionUsers), v))
}

// formProblem returns the problem for a form that can't be parsed.
func formProblem(err error) error {
	if p := bodyProblem(err); p != nil {
		p.cause = err
		return p
	}
	return &problem{
		status: http.StatusBadRequest, title: "This form can’t be read",
		message: "It arrived broken. Open the page anew and fill it in again.", done: nothingChanged, cause: fmt.Errorf("form: %w", err),
	}
}
