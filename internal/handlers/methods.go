package handlers

import (
	"net/http"
	"strings"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/web/templates"
)

// signInMethods serves GET /users/methods: how the accounts of a list's page
// sign in, which only the by-id answer tells. The page asks for it once it is
// there, in one call for all rows of which that isn't known.
func (s *site) signInMethods(w http.ResponseWriter, r *http.Request) error {
	me := caller(r)
	reading, err := s.Directory.Read(r.Context(), me, directory.Patience{})
	if err != nil {
		return err
	}
	asked, fault := readUsersAsk(r).directory(s)
	var ids []string
	if fault == "" {
		ids = reading.LacksMethods(reading.List(asked).Rows)
	}
	if reading, err = s.Directory.ReadMethods(r.Context(), me, reading, ids); err != nil {
		return err
	}
	cells := make([]templates.UserMethod, len(ids))
	for i, id := range ids {
		cells[i] = templates.UserMethod{ID: id, Method: methodOf(reading, id)}
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
