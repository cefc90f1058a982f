package handlers

import (
	"net/http"
	"slices"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/web/templates"
)

func (s *site) userRows(r *http.Request, reading directory.Reading, accounts []*directory.Account, query *directory.Query) []templates.UserRow {
	me, z := caller(r), s.zones.of(r)
	rows := make([]templates.UserRow, len(accounts))
	for i, a := range accounts {
		rows[i] = s.userRow(me, z, reading, a, query)
	}
	return rows
}

// userRow returns the view of one account in the list.
func (s *site) userRow(me directory.Caller, z *time.Location, reading directory.Reading, a *directory.Account, query *directory.Query) templates.UserRow {
	var words []string
	if query != nil {
		words = query.Marks
	}
	name, email := segments(bounded(a.Name()), words), segments(bounded(a.Email), words)
	var found []templates.Segment
	if !anyMatch(name) && !anyMatch(email) {
		found = elsewhere(a, words)
	}
	return templates.UserRow{
		ID: a.ID, Name: bounded(a.Name()), NameMarked: name, Email: bounded(a.Email), EmailMarked: email, FoundBy: found,
		Status: templates.Status(a.Status()), You: me.Owns(a), Protected: s.Changes.Protects(a),
		Locked: s.locked(me, a), Issues: issues(a), Method: methodOf(reading, a.ID),
		LastSignIn: templates.SignIn{Known: a.LastLogin.Known, At: moment(a.LastLogin.At, z, templates.Day)},
		Created:    moment(a.Created, z, templates.Day),
	}
}

// locked returns why the account's status can't be changed here; "" if it can.
// An account of unknown status may be active, so it can be deactivated or neither.
func (s *site) locked(me directory.Caller, a *directory.Account) string {
	return s.Changes.Refuses(me, a, a.Status() == directory.Deactivated).Text()
}

func segments(text string, words []string) []templates.Segment {
	if text == "" || len(words) == 0 {
		return templates.Plain(text)
	}
	marked := directory.Mark(text, words)
	all := make([]templates.Segment, len(marked))
	for i, m := range marked {
		all[i] = templates.Segment{Text: m.Text, Match: m.Match}
	}
	return all
}

// elsewhere returns the matches of a search in fields that the row does not
// show.
func elsewhere(a *directory.Account, words []string) []templates.Segment {
	for _, text := range []string{a.Username, a.ID} {
		if marked := segments(text, words); anyMatch(marked) {
			return marked
		}
	}
	return nil
}

func anyMatch(marked []templates.Segment) bool {
	return slices.ContainsFunc(marked, func(s templates.Segment) bool { return s.Match })
}

// issues returns the account's issues and its pending required actions as the
// page labels them.
func issues(a *directory.Account) []templates.Issue {
	var all []templates.Issue
	for _, i := range a.Issues {
		all = append(all, templates.Issue(i))
	}
	if slices.Contains(a.RequiredActions, "UPDATE_PASSWORD") {
		all = append(all, templates.IssueMustSetPassword)
	}
	return all
}
