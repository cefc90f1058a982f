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

// signInMethods serves GET /users/methods: how the accounts on a page of the
// list sign in, which only the by-id answer tells. The page requests it after
// it is shown, if any row's method is unknown. The response has all rows, since
// another tab may have made more methods known.
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
		// The methods are optional: the cells say that they are unknown.
		s.logCause(r, http.StatusOK, err)
		known = reading
	}
	cells := make([]templates.UserMethod, len(rows))
	for i, a := range rows {
		cells[i] = templates.UserMethod{ID: a.ID, Method: methodOf(known, a.ID)}
	}
	return s.page(w, r, http.StatusOK, templates.UserMethodsFragment(s.chrome(r, templates.SectionUsers), cells))
}

// methodOf returns how an account signs in; "" if that has not been read yet.
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

// methodName returns the names of the linked identity providers, else
// "Password".
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
