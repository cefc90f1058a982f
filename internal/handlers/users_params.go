package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/web/templates"
)

// perPage returns the available page sizes; the first is the default.
func perPage() []int { return []int{25, 50, 100, 250} }

// usersParams are the query parameters of GET /users. Unknown values are
// dropped, so that the parameters can be written back to an address.
type usersParams struct {
	q, status, health, domain, login, sort, dir string
	page, per                                   int
	// typed is the text of the search box: q, or the long text that q was taken
	// from, which isPasted tells.
	typed    string
	isPasted bool
}

// sortNames maps the values of "sort" to columns.
func sortNames() map[string]directory.Column {
	return map[string]directory.Column{
		"email": directory.ByEmail, "name": directory.ByName, "status": directory.ByStatus,
		"problems": directory.ByIssue, "login": directory.ByLastLogin, "created": directory.ByCreated,
	}
}

// readUsersParams parses the query. The page size comes from the query, else
// from the cookie with the last choice.
func (s *site) readUsersParams(r *http.Request) usersParams {
	v := r.URL.Query()
	typed := strings.ToValidUTF8(v.Get("q"), "\uFFFD")
	a := usersParams{
		q: typed, typed: typed,
		status: oneOf(v.Get("status"), "active", "inactive", "unknown", "attention"),
		health: knownIssue(v.Get("health")),
		domain: emails.Domain("@" + strings.ToValidUTF8(v.Get("domain"), "\uFFFD")),
		login:  oneOf(v.Get("login"), "never", "unknown", "30d", "90d"),
		dir:    oneOf(v.Get("dir"), "desc"),
		page:   atLeastOne(v.Get("page")),
	}
	if len(a.domain) > 255 {
		a.domain = ""
	}
	// The value "-login" means the column "login", descending.
	column, down := strings.CutPrefix(v.Get("sort"), "-")
	if _, known := sortNames()[column]; known {
		a.sort = column
		if down {
			a.dir = "desc"
		}
	}
	a.per = choose(v.Get("per"), s.rememberedPer(r))
	if found := pasted(r, a.path()); len(found) > 0 {
		a.q, a.isPasted = strings.Join(found, " "), true
	}
	return a
}

// pasted returns the ids or addresses in the search, if that is too long to be
// written to an address (path), or the script has shortened it (the parameter
// "pasted"); only these are searched for.
func pasted(r *http.Request, path string) []string {
	if v := r.URL.Query(); len(path) > longestAddress || v.Get("pasted") != "" {
		return directory.Pasted(v.Get("q"))
	}
	return nil
}

// rememberedPer returns the page size from the cookie; the default if there is
// none.
func (s *site) rememberedPer(r *http.Request) int {
	return choose(s.Cookies.Of(r, "per"), perPage()[0])
}

func choose(text string, otherwise int) int {
	n, err := strconv.Atoi(text)
	if err != nil || !slices.Contains(perPage(), n) {
		return otherwise
	}
	return n
}

func oneOf(s string, known ...string) string {
	if slices.Contains(known, s) {
		return s
	}
	return ""
}

func knownIssue(s string) string {
	if s == "warning" || slices.Contains(directory.Issues(), directory.Issue(s)) {
		return s
	}
	return ""
}

func atLeastOne(text string) int {
	n, err := strconv.Atoi(text)
	if n < 1 || err != nil && !errors.Is(err, strconv.ErrRange) {
		return 1
	}
	return n
}

// directory returns the parameters for the directory, with the search parsed
// and its days taken in the zone of now. If the search has a syntax error,
// fault is a sentence about it and params match nothing.
func (a usersParams) directory(now time.Time) (params directory.ListParams, fault string) {
	params = directory.ListParams{
		Sort: sortNames()[a.sort], Desc: a.dir == "desc", Page: a.page, Per: a.per, Now: now,
		Filter: directory.Filter{Domain: a.domain, Login: directory.LoginFilter(a.login)},
	}
	switch a.status {
	case "attention":
		params.Filter.Severity = directory.SeverityError
	default:
		params.Filter.Status = directory.Status(a.status)
	}
	if a.health == "warning" {
		params.Filter.Issue = directory.UnverifiedEmail
	} else {
		params.Filter.Issue = directory.Issue(a.health)
	}
	if strings.TrimSpace(a.q) == "" {
		return params, ""
	}
	query, err := directory.ParseQuery(a.q, now)
	if err != nil {
		return params, err.Error()
	}
	params.Query = query
	return params, ""
}

// path returns the address of the list, below the base.
func (a usersParams) path() string { return a.at("/users") }

// at returns the parameters as an address of another path, such as an export's.
func (a usersParams) at(path string) string {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", a.q)
	set("status", a.status)
	set("health", a.health)
	set("domain", a.domain)
	set("login", a.login)
	set("sort", a.sort)
	set("dir", a.dir)
	if a.page > 1 {
		v.Set("page", strconv.Itoa(a.page))
	}
	if a.page > 1 || a.per != perPage()[0] { // page numbers depend on the page size
		v.Set("per", strconv.Itoa(a.per))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// with returns a copy with a change applied, on page 1.
func (a usersParams) with(change func(*usersParams)) usersParams {
	a.page = 1
	change(&a)
	return a
}

// filtered reports whether anything but the tab restricts the list.
func (a usersParams) filtered() bool {
	return a.q != "" || a.health != "" || a.domain != "" || a.login != ""
}

// filters returns the number of filters in use besides the search and the tab.
func (a usersParams) filters() int {
	n := 0
	for _, value := range []string{a.health, a.login, a.domain} {
		if value != "" {
			n++
		}
	}
	return n
}

// order returns the value of the form's "sort" field, empty for the default.
func (a usersParams) order() string {
	column := a.sort
	if a.dir == "desc" {
		return "-" + cmp.Or(column, "email")
	}
	if column == "email" {
		return ""
	}
	return column
}

// sortedBy returns the link of a column header: the first activation sorts
// ascending (dates: newest first), the next reverses the order.
func (a usersParams) sortedBy(base templates.Base, name string) templates.SortLink {
	current := a.sort == name || a.sort == "" && name == "email"
	down := name == "created" || name == "login"
	l := templates.SortLink{}
	if current {
		l.Dir, down = templates.SortUp, true
		if a.dir == "desc" {
			l.Dir, down = templates.SortDown, false
		}
	}
	l.Href = base.URL(a.with(func(b *usersParams) {
		b.sort, b.dir = name, ""
		if down {
			b.dir = "desc"
		}
	}).path())
	return l
}

// withParam appends a query parameter to a path.
func withParam(path, name, value string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	v := u.Query()
	v.Set(name, value)
	u.RawQuery = v.Encode()
	return u.String()
}
