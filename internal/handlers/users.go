package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/web/templates"
)

// firstWait is how long a page waits for the first read before it shows its
// frame and fills it in later.
const firstWait = time.Second

// listUsers serves GET /users: the list, searched, filtered, sorted and paged
// as the address says.
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
	v := s.usersFrame(s.readUsersAsk(r))
	if !loading {
		c.Toast = s.takeToast(w, r)
		c.Stale = s.stale(r, reading)
		v = s.usersView(r, s.readUsersAsk(r), reading)
	}
	s.canonical(w, r, v.Return)
	return s.either(w, r, templates.UsersPage(c, v), templates.UsersFragment(c, v))
}

// rememberPerPage keeps a choice of rows on a page for the next visit.
func rememberPerPage(s *site, w http.ResponseWriter, r *http.Request) {
	if n := choose(r.URL.Query().Get("per"), 0); n != 0 {
		s.keepChoice(w, "per", strconv.Itoa(n))
	}
}

// usersFrame is the page while the first read goes on.
func (s *site) usersFrame(ask usersAsk) templates.UsersView {
	self := s.Base.URL(ask.path())
	tab := templates.TabLink{Href: s.Base.URL("/users")}
	return templates.UsersView{
		Loading: true, Self: self, Seats: templates.Seats{Loading: true, Limit: s.SeatLimit}, Return: ask.path(),
		Tabs:   templates.UsersTabs{Current: templates.UsersTab(ask.status), All: tab, Active: tab, Inactive: tab, Attention: tab},
		Search: s.usersSearch(ask, "", nil),
		Sort:   s.usersSort(ask),
	}
}

// usersView lays out a list.
func (s *site) usersView(r *http.Request, ask usersAsk, reading directory.Reading) templates.UsersView {
	asked, fault := ask.directory(s.nowOf(r))
	var list directory.List
	if fault == "" {
		list = reading.List(asked)
		ask.page = list.Page
	} else {
		list = reading.List(directory.Ask{Filter: asked.Filter, Per: ask.per, Now: asked.Now})
		list.Rows, list.Total, list.From, list.To, list.Pages, list.Page = nil, 0, 0, 0, 1, 1
	}
	v := templates.UsersView{
		Self: s.Base.URL(ask.path()), Return: ask.path(),
		Total: reading.Total,
		Pager: templates.Pager{Total: list.Total, From: list.From, To: list.To, Page: list.Page, Pages: list.Pages, PerPage: perPageOptions(ask.per)},
		Seats: s.seats(reading.Snapshot), Tabs: s.usersTabs(ask, list.Counts),
		Search: s.usersSearch(ask, fault, reading.Snapshot), Sort: s.usersSort(ask),
		Rows: s.userRows(r, reading, list.Rows, asked.Query),
		Read: ago(reading.ReadAt, s.now()), Refresh: s.Base.URL(withParam(ask.path(), "fresh", "1")),
		Exactly100: reading.MaybeCut(),
		Clear:      s.Base.URL("/users"),
		Console:    s.Console(":id"),
		CSV:        s.Base.URL(ask.at("/users.csv")), JSON: s.Base.URL(ask.at("/users.json")),
	}
	if len(reading.LacksMethods(list.Rows)) > 0 {
		v.Methods = s.Base.URL(ask.at("/users/methods"))
	}
	if ask.status != "" && ask.filtered() {
		v.Wider = s.Base.URL(ask.with(func(a *usersAsk) { a.status = "" }).path())
	}
	s.pageLinks(&v.Pager, func(page int) string {
		ask.page = page
		return ask.path()
	})
	return v
}

// pageLinks sets the addresses of the pages before and after the one shown. Path
// returns the path of a page, without the base.
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

func (s *site) seats(snapshot *directory.Snapshot) templates.Seats {
	return templates.Seats{Used: snapshot.Active, Limit: s.SeatLimit}
}

func (s *site) usersTabs(ask usersAsk, n directory.Counts) templates.UsersTabs {
	tab := func(status string, count int) templates.TabLink {
		return templates.TabLink{Count: count, Href: s.Base.URL(ask.with(func(a *usersAsk) { a.status = status }).path())}
	}
	return templates.UsersTabs{
		Current: templates.UsersTab(ask.status),
		All:     tab("", n.All), Active: tab("active", n.Active),
		Inactive: tab("inactive", n.Deactivated), Attention: tab("attention", n.Attention),
	}
}

func (s *site) usersSort(ask usersAsk) templates.UsersSort {
	return templates.UsersSort{
		User: ask.sortedBy(s.Base, "email"), Status: ask.sortedBy(s.Base, "status"),
		Problems: ask.sortedBy(s.Base, "problems"), SignIn: ask.sortedBy(s.Base, "login"), Created: ask.sortedBy(s.Base, "created"),
	}
}

// usersSearch is the form above the list; without a snapshot it offers no other
// domains than the one asked for.
func (s *site) usersSearch(ask usersAsk, fault string, snapshot *directory.Snapshot) templates.UsersSearch {
	v := templates.UsersSearch{
		Query: ask.q, Error: fault, Filters: ask.filters(), Fields: ask.hidden(),
		Trouble: selected(ask.health, troubleOptions()), SignIn: selected(ask.login, loginOptions()),
		Domain: selected(ask.domain, domainOptions(snapshot, ask.domain)),
		Order:  selected(ask.order(), orderOptions()),
	}
	if snapshot != nil && ask.status == "" && !ask.filtered() {
		f := snapshot.Facets()
		counted(v.Trouble, func(value string) int { return f.Troubles[directory.Trouble(value)] })
		counted(v.SignIn, func(value string) int { return f.Logins[directory.LoginFilter(value)] })
		counted(v.Domain, func(value string) int { return f.Domains[value] })
	}
	return v
}

// counted tells how many each choice would show: as long as the list shows
// everybody, these are counted already.
func counted(options []templates.Option, of func(value string) int) {
	for i := range options {
		if value := options[i].Value; value != "" {
			options[i].Counted, options[i].Count = true, of(value)
		}
	}
}

// orderOptions are what the heads of the columns give, for cards, which have
// none.
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

// hidden are what the search form keeps besides its own fields.
func (a usersAsk) hidden() []templates.Field {
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

func troubleOptions() []templates.Option {
	all := []templates.Option{{Value: "", Text: "With or without problems"}}
	for _, t := range directory.Troubles() {
		all = append(all, templates.Option{Value: string(t), Text: templates.Problem(t).Text()})
	}
	return all
}

// domainOptions are the domains with the most accounts, and the one asked for.
func domainOptions(snapshot *directory.Snapshot, asked string) []templates.Option {
	all := []templates.Option{{Value: "", Text: "Any domain"}}
	found := asked == ""
	var known []string
	if snapshot != nil {
		known = snapshot.Facets().TopDomains(20)
	}
	for _, d := range known {
		found = found || d == asked
		all = append(all, templates.Option{Value: d, Text: shortened(d, 40)})
	}
	if !found {
		all = append(all, templates.Option{Value: asked, Text: shortened(asked, 40)})
	}
	return all
}
