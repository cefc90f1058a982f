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
	"wallaroo-user-admin/web/templates"
)

// perPage are the choices of rows on a page; the first is the default.
func perPage() []int { return []int{25, 50, 100, 250} }

// usersParams is what the address of a list asks for, in the words of the address:
// what isn't known is left out, so that it can be written down again.
type usersParams struct {
	q, status, health, domain, login, sort, dir string
	page, per                                   int
}

// sortNames are the values of "sort".
func sortNames() map[string]directory.Column {
	return map[string]directory.Column{
		"email": directory.ByEmail, "name": directory.ByName, "status": directory.ByStatus,
		"problems": directory.ByIssue, "login": directory.ByLastLogin, "created": directory.ByCreated,
	}
}

// readUsersParams reads the address. The rows on a page come from the address,
// else from the cookie that remembers the last choice.
func (s *site) readUsersParams(r *http.Request) usersParams {
	v := r.URL.Query()
	a := usersParams{
		q:      strings.ToValidUTF8(v.Get("q"), "\uFFFD"),
		status: oneOf(v.Get("status"), "active", "inactive", "attention"),
		health: knownIssue(v.Get("health")),
		domain: strings.ToLower(strings.ToValidUTF8(v.Get("domain"), "\uFFFD")),
		login:  oneOf(v.Get("login"), "never", "unknown", "30d", "90d"),
		dir:    oneOf(v.Get("dir"), "desc"),
		page:   atLeastOne(v.Get("page")),
	}
	if len(a.domain) > 255 {
		a.domain = ""
	}
	// A form has one field for the order: "-login" is the column "login", downwards.
	column, down := strings.CutPrefix(v.Get("sort"), "-")
	if _, known := sortNames()[column]; known {
		a.sort = column
		if down {
			a.dir = "desc"
		}
	}
	a.per = choose(v.Get("per"), s.rememberedPer(r))
	return a
}

// rememberedPer is how many rows on a page the reader has chosen the last time.
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

// directory returns the same for the directory, with the search parsed and its
// days taken in the zone of now; the fault of a search that can't be parsed is a sentence, and then it finds
// nothing.
func (a usersParams) directory(now time.Time) (params directory.ListParams, fault string) {
	params = directory.ListParams{
		Sort: sortNames()[a.sort], Desc: a.dir == "desc", Page: a.page, Per: a.per, Now: now,
		Filter: directory.Filter{Domain: a.domain, Login: directory.LoginFilter(a.login)},
	}
	switch a.status {
	case "active":
		params.Filter.Status = directory.Active
	case "inactive":
		params.Filter.Status = directory.Deactivated
	case "attention":
		params.Filter.Severity = directory.SeverityError
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

// path writes the parameters down as an address below the base.
func (a usersParams) path() string { return a.at("/users") }

// at writes it down for another path, such as an export's.
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
	if a.page > 1 || a.per != perPage()[0] { // which rows a page has depends on it
		v.Set("per", strconv.Itoa(a.per))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// with returns the parameters with a change, on page 1 again.
func (a usersParams) with(change func(*usersParams)) usersParams {
	a.page = 1
	change(&a)
	return a
}

// filtered reports whether anything narrows the list beside the tab.
func (a usersParams) filtered() bool {
	return a.q != "" || a.health != "" || a.domain != "" || a.login != ""
}

// filters counts what narrows the list beside the search and the tab.
func (a usersParams) filters() int {
	n := 0
	for _, value := range []string{a.health, a.login, a.domain} {
		if value != "" {
			n++
		}
	}
	return n
}

// order is the order as a form's one field has it, empty for the default.
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

// sortedBy returns the link of a column's head: the first press sorts upwards,
// the next downwards; dates begin with the newest.
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

// withParam adds a parameter to a path with a query.
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
