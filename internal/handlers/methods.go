package handlers

import (
	"net/http"
	"strings"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/web/templates"
)

// signInMethods serves GET /users/methods: how the accounts of a list's page
// sign in, which only the by-id answer tells. The page asks for it once it is
// there, in one call for all its rows.
func (s *site) signInMethods(w http.ResponseWriter, r *http.Request) error {
	reading, err := s.Directory.Read(r.Context(), caller(r), directory.Patience{})
	if err != nil {
		return err
	}
	asked, fault := readUsersAsk(r).directory(s)
	if fault != "" {
		return s.page(w, r, http.StatusOK, templates.UserMethodsFragment(s.chrome(r, templates.SectionUsers), nil))
	}
	var ids []string
	for _, a := range reading.List(asked).Rows {
		ids = append(ids, a.ID)
	}
	methods, err := s.Directory.Methods(r.Context(), caller(r), ids)
	if err != nil {
		return err
	}
	cells := make([]templates.UserMethod, len(ids))
	for i, id := range ids {
		cells[i] = templates.UserMethod{ID: id, Method: "Unknown"}
		if aliases, known := methods[id]; known {
			cells[i].Method = methodName(aliases)
		}
	}
	return s.page(w, r, http.StatusOK, templates.UserMethodsFragment(s.chrome(r, templates.SectionUsers), cells))
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
