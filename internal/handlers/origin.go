package handlers

import (
	"net/http"
	"slices"

	"wallaroo-user-admin/web/templates"
)

// isOwn reports whether one of our pages asks, by what its browser says. An
// Origin must be ours to the letter, and Sec-Fetch-Site (W3C Fetch Metadata,
// section 2.4) same-origin, which a sibling host is not; a browser sends neither
// of them twice. One of the two has to vouch for a request, but for one that may
// be typed: that may also come from the address bar or a bookmark ("none"), or
// from what sends neither.
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

// sameOrigin refuses a change that another site asks for.
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

// fromHere refuses an export that another site asks for: it is written down under
// the administrator's name, and they must have meant it. Browsers call a page
// that sign-in leads back to from elsewhere as well, so the refusal has the link
// that makes it ours.
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
