package handlers

import (
	"net/http"
	"strings"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/web/templates"
)

// signInMethods serves GET /users/methods: how the accounts of a list's page
// sign in, which only the by-id answer tells. The page asks for it once it is
// there, in one call for all rows of which that isn't known. All of its rows are
// answered: some may have become known, for another tab, since it was drawn.
func (s *site) signInMethods(w http.ResponseWriter, r *http.Request) error {
	me := caller(r)
	reading, err := s.Directory.Read(r.Context(), me, directory.Patience{})
	if err != nil {
		return err
	}
	var rows []*directory.Account
	if asked, fault := readUsersAsk(r).directory(s); fault == "" {
		rows = reading.List(asked).Rows
	}
	if reading, err = s.Directory.ReadMethods(r.Context(), me, reading, reading.LacksMethods(rows)); err != nil {
		return err
	}
	cells := make([]templates.UserMethod, len(rows))
	for i, a := range rows {
		cells[i] = templates.UserMethod{ID: a.ID, Method: methodOf(reading, a.ID)}
	}
	return s.page(w, r, http.StatusOK, templates.UserMethodsFragment(s.chrome(r, templates.SectionUsers), cells))
}

// methodOf tells how an account signs in; "" while nobody has asked.
func methodOf(reading directory.Reading, id string) string {
	switch m, asked := reading.Method(id); {
	case !asked:
		return ""
	case !m.Told:
		return "Unknown"
	default:
		return methodName(m.Providers)
	}
}

// methodName tells how an account signs in: by what it is linked to, else with
// a password.
func methodName(aliases []string) string {
	if len(aliases) == 0 {
		return "Password"
	}
	names := make([]string, len(aliases))
	for i, a := range aliases {
		names[i] = providerName(a)
	}
	return strings.Join(names, ", ")
}
