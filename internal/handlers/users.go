package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/web/templates"
)

// firstWait is how long a page waits for the first read before it is sent
// without the list, which it then loads.
const firstWait = time.Second

// listUsers serves GET /users: the list, searched, filtered, sorted and paged
// by the query parameters.
func (s *site) listUsers(w http.ResponseWriter, r *http.Request) error {
	rememberPerPage(s, w, r)
	options := directory.ReadOptions{Wait: firstWait, Fresh: r.URL.Query().Get("fresh") != ""}
	if options.Fresh || partial(r) {
		options.Wait = 0
	}
	reading, err := s.Directory.Read(r.Context(), caller(r), options)
	loading := errors.Is(err, directory.ErrReading)
	if err != nil && !loading {
		return err
	}
	c := s.home(r, templates.SectionUsers)
	v := s.usersFrame(s.readUsersParams(r))
	if !loading {
		c.Toast = s.takeToast(w, r)
		c.Stale = s.stale(r, reading)
		v = s.usersView(r, s.readUsersParams(r), reading)
	}
	s.canonical(w, r, v.Return)
	return s.either(w, r, templates.UsersPage(c, v), templates.UsersFragment(c, v))
}

// rememberPerPage stores the chosen page size in a cookie.
func rememberPerPage(s *site, w http.ResponseWriter, r *http.Request) {
	if n := choose(r.URL.Query().Get("per"), 0); n != 0 {
		s.keepChoice(w, "per", strconv.Itoa(n))
	}
}

// usersFrame returns the page without the list, shown while the first read is
// under way.
func (s *site) usersFrame(params usersParams) templates.UsersView {
	self := s.Base.URL(params.path())
	tab := templates.TabLink{Href: s.Base.URL("/users")}
	return templates.UsersView{
		Loading: true, Self: self, Seats: templates.Seats{Loading: true, Limit: s.SeatLimit}, Return: params.path(),
		Tabs:   templates.UsersTabs{Current: templates.UsersTab(params.status), All: tab, Active: tab, Inactive: tab, Unknown: tab, Attention: tab},
		Search: s.usersSearch(params, "", nil),
		Sort:   s.usersSort(params),
	}
}

// usersView returns the view of a list.
func (s *site) usersView(r *http.Request, params usersParams, reading directory.Reading) templates.UsersView {
	asked, fault := params.directory(s.nowOf(r))
	var list directory.List
	if fault == "" {
		list = reading.List(asked)
		params.page = list.Page
	} else {
		list = reading.List(directory.ListParams{Filter: asked.Filter, Per: params.per, Now: asked.Now})
		list.Rows, list.Total, list.From, list.To, list.Pages, list.Page = nil, 0, 0, 0, 1, 1
	}
	v := templates.UsersView{
		Self: s.Base.URL(params.path()), Return: params.path(),
		Total: reading.Total,
		Pager: templates.Pager{Total: list.Total, From: list.From, To: list.To, Page: list.Page, Pages: list.Pages, PerPage: perPageOptions(params.per)},
		Seats: s.seats(reading.Snapshot), Tabs: s.usersTabs(params, list.Counts),
		Search: s.usersSearch(params, fault, reading.Snapshot), Sort: s.usersSort(params),
		Rows: s.userRows(r, reading, list.Rows, asked.Query),
		Read: ago(reading.ReadAt, s.now()), Refresh: s.Base.URL(withParam(params.path(), "fresh", "1")),
		Exactly100: reading.MaybeCut(),
		Clear:      s.Base.URL("/users"),
		Console:    s.Console(":id"),
		CSV:        s.Base.URL(params.at("/users.csv")), JSON: s.Base.URL(params.at("/users.json")),
	}
	if len(reading.LacksMethods(list.Rows)) > 0 {
		v.Methods = s.Base.URL(params.at("/users/methods"))
	}
	if params.status != "" && params.filtered() {
		v.Wider = s.Base.URL(params.with(func(a *usersParams) { a.status = "" }).path())
	}
	s.pageLinks(&v.Pager, func(page int) string {
		params.page = page
		return params.path()
	})
	return v
}

// pageLinks sets the addresses of the previous and the next page. path returns
// the path of a page, without the base.
func (s *site) pageLinks(p *templates.Pager, path func(page int) string) {
	if p.Page > 1 {
		p.Prev = s.Base.URL(path(p.Page - 1))
	}
	if p.Page < p.Pages {
		p.Next = s.Base.URL(path(p.Page + 1))
	}
}

func perPageOptions(current int) []templates.Option {
	var all []templates.Option
	for _, n := range perPage() {
		all = append(all, templates.Option{Value: strconv.Itoa(n), Text: strconv.Itoa(n) + " per page", Selected: n == current})
	}
	return all
}

// seats counts an account of unknown status as active: a seat that may be taken is
// not free.
func (s *site) seats(snapshot *directory.Snapshot) templates.Seats {
	return templates.Seats{Used: snapshot.Active + snapshot.Unknown, Unknown: snapshot.Unknown, Limit: s.SeatLimit}
}

func (s *site) usersTabs(params usersParams, n directory.Counts) templates.UsersTabs {
	tab := func(status string, count int) templates.TabLink {
		return templates.TabLink{Count: count, Href: s.Base.URL(params.with(func(a *usersParams) { a.status = status }).path())}
	}
	return templates.UsersTabs{
		Current: templates.UsersTab(params.status),
		All:     tab("", n.All), Active: tab("active", n.Active),
		Inactive: tab("inactive", n.Deactivated), Unknown: tab("unknown", n.Unknown), Attention: tab("attention", n.Attention),
	}
}

func (s *site) usersSort(params usersParams) templates.UsersSort {
	return templates.UsersSort{
		User: params.sortedBy(s.Base, "email"), Status: params.sortedBy(s.Base, "status"),
		Issues: params.sortedBy(s.Base, "problems"), SignIn: params.sortedBy(s.Base, "login"), Created: params.sortedBy(s.Base, "created"),
	}
}

// usersSearch returns the search form. Without a snapshot, the only domain it
// offers is the selected one.
func (s *site) usersSearch(params usersParams, fault string, snapshot *directory.Snapshot) templates.UsersSearch {
	v := templates.UsersSearch{
		Query: params.typed, Error: fault, Filters: params.filters(), Fields: params.hidden(),
		Issue: selected(params.health, issueOptions()), SignIn: selected(params.login, loginOptions()),
		Domain: selected(params.domain, domainOptions(snapshot, params.domain)),
		Order:  selected(params.order(), orderOptions()),
	}
	if params.isPasted {
		v.Pasted = strings.Fields(params.q)
	}
	if snapshot != nil && params.status == "" && !params.filtered() {
		f := snapshot.Facets()
		counted(v.Issue, func(value string) int { return f.Issues[directory.Issue(value)] })
		counted(v.SignIn, func(value string) int { return f.Logins[directory.LoginFilter(value)] })
		counted(v.Domain, func(value string) int { return f.Domains[value] })
	}
	return v
}

// counted adds to each option the number of accounts it would show. The counts
// are of all accounts, so they apply only while the list is unfiltered.
func counted(options []templates.Option, of func(value string) int) {
	for i := range options {
		if value := options[i].Value; value != "" {
			options[i].Counted, options[i].Count = true, of(value)
		}
	}
}

// orderOptions returns the sort orders for the card layout, which has no column
// headers.
func orderOptions() []templates.Option {
	return []templates.Option{
		{Value: "", Text: "By email, A to Z"},
		{Value: "-email", Text: "By email, Z to A"},
		{Value: "name", Text: "By name, A to Z"},
		{Value: "-name", Text: "By name, Z to A"},
		{Value: "problems", Text: "Problems first"},
		{Value: "-problems", Text: "Problems last"},
		{Value: "status", Text: "Active first"},
		{Value: "-status", Text: "Deactivated first"},
		{Value: "-login", Text: "Latest sign-in first"},
		{Value: "login", Text: "Earliest sign-in first"},
		{Value: "-created", Text: "Newest first"},
		{Value: "created", Text: "Oldest first"},
	}
}

// hidden returns the parameters that the search form keeps in hidden fields.
func (a usersParams) hidden() []templates.Field {
	var all []templates.Field
	if a.status != "" {
		all = append(all, templates.Field{Name: "status", Value: a.status})
	}
	return all
}

func selected(value string, options []templates.Option) []templates.Option {
	for i := range options {
		options[i].Selected = options[i].Value == value
	}
	return options
}

func loginOptions() []templates.Option {
	return []templates.Option{
		{Value: "", Text: "Any last sign-in"},
		{Value: "30d", Text: "In the last 30 days"},
		{Value: "90d", Text: "Over 90 days ago"},
		{Value: "never", Text: "Never signed in"},
		{Value: "unknown", Text: "Last sign-in unknown"},
	}
}

func issueOptions() []templates.Option {
	all := []templates.Option{{Value: "", Text: "With or without problems"}}
	for _, t := range directory.Issues() {
		all = append(all, templates.Option{Value: string(t), Text: templates.Issue(t).Text()})
	}
	return all
}

// domainOptions returns the domains with the most accounts, and the selected
// one.
func domainOptions(snapshot *directory.Snapshot, asked string) []templates.Option {
	all := []templates.Option{{Value: "", Text: "Any domain"}}
	found := asked == ""
	var known []string
	if snapshot != nil {
		known = snapshot.Facets().TopDomains(20)
	}
	for _, d := range known {
		found = found || d == asked
		all = append(all, templates.Option{Value: d, Text: shortened(d, 40), Verbatim: true})
	}
	if !found {
		all = append(all, templates.Option{Value: asked, Text: shortened(asked, 40), Verbatim: true})
	}
	return all
}
