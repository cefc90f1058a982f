package handlers

import (
	"errors"
	"net/http"
	"strings"

	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
	"wallaroo-user-admin/web/templates"
)

// signInMethods serves GET /users/methods: how the accounts of a list's page
// sign in, which only the by-id answer tells. The page asks for it once it is
// there, in one call for all rows of which that isn't known. All of its rows are
// answered: some may have become known, for another tab, since it was drawn.
func (s *site) signInMethods(w http.ResponseWriter, r *http.Request) error {
	me := caller(r)
	reading, err := s.Directory.Read(r.Context(), me, directory.ReadOptions{})
	if err != nil {
		return err
	}
	var rows []*directory.Account
	if asked, fault := s.readUsersParams(r).directory(s.nowOf(r)); fault == "" {
		rows = reading.List(asked).Rows
	}
	known, err := s.Directory.ReadMethods(r.Context(), me, reading, reading.LacksMethods(rows))
	if err != nil {
		if auth.KindOf(err) != "" || errors.Is(err, wallaroo.ErrUnauthorized) || errors.Is(err, wallaroo.ErrForbidden) {
			return err
		}
		// The page can do without; its cells say that it isn't known.
		s.logCause(r, http.StatusOK, err)
		known = reading
	}
	cells := make([]templates.UserMethod, len(rows))
	for i, a := range rows {
		cells[i] = templates.UserMethod{ID: a.ID, Method: methodOf(known, a.ID)}
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
