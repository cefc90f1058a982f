package handlers

import (
	"net/http"
	"slices"

	"wallaroo-user-admin/web/templates"
)

// isOwn reports whether a page of this site sent the request, by the browser's
// headers. Origin must equal the public origin, and Sec-Fetch-Site (W3C Fetch
// Metadata, section 2.4) must be same-origin, which excludes sibling hosts;
// duplicates of either are rejected. At least one of them must be present,
// unless mayBeTyped: then the request may also come from the address bar or a
// bookmark ("none"), or from a client that sends neither.
func (s *site) isOwn(r *http.Request, mayBeTyped bool) bool {
	origin, fetchSite := r.Header.Values("Origin"), r.Header.Values("Sec-Fetch-Site")
	only := func(said []string, known ...string) bool {
		return len(said) == 0 || len(said) == 1 && slices.Contains(known, said[0])
	}
	if mayBeTyped {
		return only(origin, s.PublicOrigin) && only(fetchSite, "same-origin", "none")
	}
	return len(origin)+len(fetchSite) > 0 && only(origin, s.PublicOrigin) && only(fetchSite, "same-origin")
}

// sameOrigin rejects a change that another site's page sent (CSRF).
func (s *site) sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !s.isOwn(r, false) {
			s.answer(w, r, &problem{
				status: http.StatusForbidden, title: "This request came from another site",
				message: "Changes are only taken from this site’s own pages.", done: nothingChanged,
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fromHere rejects an export that another site's page requested, since it is
// logged under the administrator's name. The browser reports the redirect from
// sign-in as cross-site too, so the error page links to the export, which makes
// the request same-origin.
func (s *site) fromHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.isOwn(r, true) {
			s.answer(w, r, &problem{
				status: http.StatusForbidden, title: "This request came from another site",
				message: "An export begins on this site’s own pages. If you asked for it and had to sign in first, ask once more.",
				done:    "Nothing was exported.",
				next: []templates.Action{
					{Text: "Export now", Href: s.Base.URL(below(s.Base, r.URL)), Primary: true},
					{Text: "Go to users", Href: s.Base.URL("/users")},
				},
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}
