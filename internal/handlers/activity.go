package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/web/templates"
)

// activityParams are the query parameters of GET /activity.
type activityParams struct {
	q, action, outcome, user string
	page, per                int
	typed                    string // as in usersParams
	isPasted                 bool
}

func (s *site) readActivityParams(r *http.Request) activityParams {
	v := r.URL.Query()
	a := activityParams{
		q: strings.ToValidUTF8(v.Get("q"), "\uFFFD"), user: strings.ToValidUTF8(v.Get("user"), "\uFFFD"),
		outcome: oneOf(v.Get("outcome"), "done", "failed", "refused", "unknown"),
		page:    atLeastOne(v.Get("page")),
		per:     choose(v.Get("per"), s.rememberedPer(r)),
	}
	for _, o := range actionOptions() {
		if o.Value == v.Get("action") {
			a.action = o.Value
		}
	}
	a.typed = a.q
	if found := pasted(r, a.path()); len(found) > 0 {
		a.q, a.isPasted = found[0], true // all words have to match
	}
	return a
}

func (a activityParams) path() string {
	v := url.Values{}
	for name, value := range map[string]string{"q": a.q, "action": a.action, "outcome": a.outcome, "user": a.user} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if a.page > 1 {
		v.Set("page", strconv.Itoa(a.page))
	}
	if a.per != perPage()[0] {
		v.Set("per", strconv.Itoa(a.per))
	}
	if len(v) == 0 {
		return "/activity"
	}
	return "/activity?" + v.Encode()
}

func (a activityParams) filter() audit.Filter {
	return audit.Filter{Query: a.q, Action: audit.Action(a.action), Outcome: audit.Outcome(a.outcome), TargetID: a.user, Page: a.page, Per: a.per}
}

// showActivity serves GET /activity: the audit log, newest first, one page at a
// time, optionally filtered.
func (s *site) showActivity(w http.ResponseWriter, r *http.Request) error {
	rememberPerPage(s, w, r)
	// A successful read of the list reconciles the changes with an unknown
	// outcome.
	_, _ = s.Directory.Read(r.Context(), caller(r), directory.ReadOptions{Wait: firstWait})
	params := s.readActivityParams(r)
	page, err := s.Audit.List(r.Context(), params.filter())
	if err != nil {
		return databaseProblem(err)
	}
	params.page = page.Page
	s.canonical(w, r, params.path())
	c, v := s.home(r, templates.SectionActivity), s.activityView(r, params, page)
	return s.either(w, r, templates.ActivityPage(c, v), templates.ActivityFragment(c, v))
}

func databaseProblem(err error) error {
	return &problem{
		status: http.StatusServiceUnavailable, title: "Our database does not answer",
		message: "The activity log can’t be read until it is back.", cause: err,
	}
}

func (s *site) activityView(r *http.Request, params activityParams, page audit.Page) templates.ActivityView {
	v := templates.ActivityView{
		Pager:    templates.Pager{Total: page.Total, Page: page.Page, Pages: page.Pages, PerPage: perPageOptions(params.per)},
		KeptDays: s.KeptDays, Query: params.typed, Actions: selected(params.action, actionOptions()), Outcomes: selected(params.outcome, outcomeOptions()),
		Filtered: params.q != "" || params.action != "" || params.outcome != "" || params.user != "", Clear: s.Base.URL("/activity"),
		Days: s.days(r, page.Events),
	}
	if params.isPasted {
		v.Pasted = []string{params.q}
	}
	if params.user != "" {
		v.Fields = []templates.Field{{Name: "user", Value: params.user}}
	}
	if len(page.Events) > 0 {
		v.Pager.From = (page.Page-1)*page.Per + 1
		v.Pager.To = v.Pager.From + len(page.Events) - 1
	}
	s.pageLinks(&v.Pager, func(n int) string {
		params.page = n
		return params.path()
	})
	return v
}

func actionOptions() []templates.Option {
	all := []templates.Option{{Text: "Any action"}}
	for _, a := range []audit.Action{audit.Invite, audit.Activate, audit.Deactivate, audit.SignIn, audit.SignInRefused, audit.RoleDenied, audit.SignOut, audit.EndSessions, audit.Export, audit.OutsideAppeared, audit.OutsideVanished, audit.OutsideActivated, audit.OutsideDeactivated, audit.OutsideEmail} {
		all = append(all, templates.Option{Value: string(a), Text: actionName(a)})
	}
	return all
}

func outcomeOptions() []templates.Option {
	all := []templates.Option{{Text: "Any outcome"}}
	for _, o := range []templates.Outcome{templates.OutcomeDone, templates.OutcomeFailed, templates.OutcomeRefused, templates.OutcomeUnknown} {
		all = append(all, templates.Option{Value: string(o), Text: o.Text()})
	}
	return all
}

// actionName returns the label of an action on the page.
func actionName(a audit.Action) string {
	switch a {
	case audit.Invite:
		return "Invited"
	case audit.Activate:
		return "Activated"
	case audit.Deactivate:
		return "Deactivated"
	case audit.SignIn:
		return "Signed in"
	case audit.SignInRefused:
		return "Tried to sign in"
	case audit.RoleDenied:
		return "Tried to get in without the role"
	case audit.SignOut:
		return "Signed out"
	case audit.Export:
		return "Exported"
	case audit.EndSessions:
		return "Ended sessions"
	case audit.OutsideAppeared:
		return "Appeared"
	case audit.OutsideVanished:
		return "Vanished"
	case audit.OutsideActivated:
		return "Activated elsewhere"
	case audit.OutsideDeactivated:
		return "Deactivated elsewhere"
	case audit.OutsideEmail:
		return "Email changed elsewhere"
	default:
		return string(a)
	}
}

// days groups events by calendar day in the reader's time zone.
func (s *site) days(r *http.Request, events []audit.Event) []templates.ActivityDay {
	z := s.zones.of(r)
	today := s.now().In(z).Format(time.DateOnly)
	var all []templates.ActivityDay
	last := ""
	for _, e := range events {
		at := e.Time.In(z)
		if day := at.Format(time.DateOnly); day != last {
			title := at.Format("Monday, 2 January 2006")
			if day == today {
				title = "Today"
			}
			all, last = append(all, templates.ActivityDay{Title: title}), day
		}
		group := &all[len(all)-1]
		group.Events = append(group.Events, s.activityEvent(e, z))
	}
	return all
}

func (s *site) activityEvent(e audit.Event, z *time.Location) templates.ActivityEvent {
	v := templates.ActivityEvent{
		When: moment(e.Time, z, templates.Clock), Who: who(e),
		What: whatWasDone(e), About: about(e, z), Whom: firstOf(e.Target.Name, e.Target.Email, e.Target.ID),
		Outcome: templates.Outcome(e.Outcome), Detail: e.Detail, Request: e.RequestID,
	}
	if e.Target.ID != "" {
		v.Href = s.Base.User(e.Target.ID)
	}
	return v
}

// who returns the actor's display name. A change observed outside the dashboard
// has no known actor.
func who(e audit.Event) string {
	return firstOf(e.Actor.Name, e.Actor.Email, e.Actor.Subject, "Outside this dashboard")
}

// whatWasDone returns the label of the action, or of the attempt while its
// outcome is unknown or it failed.
func whatWasDone(e audit.Event) string {
	if e.Outcome != audit.Done {
		switch e.Action {
		case audit.Invite:
			return "Tried to invite"
		case audit.Activate:
			return "Tried to activate"
		case audit.Deactivate:
			return "Tried to deactivate"
		}
	}
	return actionName(e.Action)
}

// about returns the detail of a completed change; nil for any other, whose
// detail explains the outcome.
func about(e audit.Event, z *time.Location) []templates.Span {
	switch {
	case e.Outcome != audit.Done:
		return nil
	case !e.Observed.Since.IsZero():
		return observed(e, z)
	case e.Detail != "":
		return []templates.Span{{Text: e.Detail}}
	default:
		return nil
	}
}

// observed returns the times between which a change was made outside the
// dashboard, and any further detail. When both times are on the same day, the
// second is shown without its date.
func observed(e audit.Event, z *time.Location) []templates.Span {
	since, until := e.Observed.Seconds()
	style := templates.DaySecond
	if since.In(z).Format(time.DateOnly) == until.In(z).Format(time.DateOnly) {
		style = templates.ClockSecond
	}
	before, after := "Between ", ""
	switch {
	case e.Observed.Accounts > 1:
		before = fmt.Sprintf("%d accounts at once, too many to tell one by one. Between ", e.Observed.Accounts)
	case e.Action == audit.OutsideEmail:
		after = fmt.Sprintf(", from %s to %s", firstOf(e.Old, "none"), firstOf(e.New, "none")) + unseenDifference(e.Old, e.New)
	}
	if e.Detail != "" {
		after += ". " + e.Detail
	}
	return []templates.Span{
		{Text: before}, {At: moment(since, z, templates.DaySecond)}, {Text: " and "}, {At: moment(until, z, style)}, {Text: after},
	}
}

// unseenDifference names the characters by which two addresses differ that look the
// same.
func unseenDifference(from, to string) string {
	text := ""
	was, is := emails.Compare(from, to)
	if len(was.Names) > 0 {
		text += ". In the old one: " + strings.Join(was.Names, ", ")
	}
	if len(is.Names) > 0 {
		text += ". In the new one: " + strings.Join(is.Names, ", ")
	}
	return text
}

// feed returns the latest events of the account with this id or email, at most
// feedLength.
func (s *site) feed(r *http.Request, id, email string) ([]templates.FeedEvent, error) {
	page, err := s.Audit.List(r.Context(), audit.Filter{TargetID: id, TargetEmail: email, Per: feedLength})
	if err != nil {
		return nil, databaseProblem(err)
	}
	z := s.zones.of(r)
	var all []templates.FeedEvent
	for _, e := range page.Events {
		all = append(all, templates.FeedEvent{
			What: whatWasDone(e), About: about(e, z), Who: who(e),
			When: moment(e.Time, z, templates.DayTime), Outcome: templates.Outcome(e.Outcome), Detail: e.Detail,
		})
	}
	return all, nil
}
