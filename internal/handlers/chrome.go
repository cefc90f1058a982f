package handlers

import (
	"net/http"
	"time"

	"wallaroo-user-admin/internal/auth"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/web/templates"
)

// chrome returns the frame of a page: the signed-in administrator, navigation
// and the reader's preferences.
func (s *site) chrome(r *http.Request, section templates.Section) templates.Chrome {
	return templates.Chrome{
		Base:         s.Base,
		Instance:     s.Instance,
		Section:      section,
		Me:           me(auth.From(r.Context())),
		Cookies:      s.Cookies.Name(""),
		Theme:        s.theme(r),
		ShortcutsOff: s.Cookies.Of(r, "shortcuts") == "off",
		Zone:         s.zones.of(r).String(),
		Return:       returnable(s.Base, r),
	}
}

// home returns the chrome of a section's landing page.
func (s *site) home(r *http.Request, section templates.Section) templates.Chrome {
	c := s.chrome(r, section)
	c.Here = true
	return c
}

func me(id *auth.Identity) *templates.Me {
	if id == nil {
		return nil
	}
	name := firstOf(id.Name, id.Email, id.Username, id.Subject)
	return &templates.Me{Name: name, Email: id.Email, Initials: initials(name)}
}

func (s *site) theme(r *http.Request) templates.Theme {
	switch t := templates.Theme(s.Cookies.Of(r, "theme")); t {
	case templates.ThemeLight, templates.ThemeDark:
		return t
	default:
		return templates.ThemeSystem
	}
}

// returnable returns the path that a saved preference redirects to.
func returnable(base templates.Base, r *http.Request) string {
	if r.Method != http.MethodGet {
		return "/users"
	}
	return below(base, r.URL)
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// caller returns the signed-in administrator as the directory's Caller.
func caller(r *http.Request) directory.Caller {
	id := auth.From(r.Context())
	return directory.Caller{Key: id.Key(), ID: id.Subject, Username: id.Username, Email: id.Email, Tokens: id}
}

// stale describes a list that could not be renewed; nil if the list is current.
func (s *site) stale(r *http.Request, reading directory.Reading) *templates.Stale {
	if reading.Stale == nil {
		return nil
	}
	p := problemOf(reading.Stale.Err)
	return &templates.Stale{
		Since:  moment(reading.ReadAt, s.zones.of(r), templates.Clock),
		Ago:    distance(s.now().Sub(reading.ReadAt)) + " ago",
		Reason: p.title + ".",
		Retry:  s.Base.URL(withParam(below(s.Base, r.URL), "fresh", "1")),
	}
}

// now returns the current time.
func (s *site) now() time.Time { return s.Now() }

// nowOf returns the current time in the reader's zone, in which searched days are taken.
func (s *site) nowOf(r *http.Request) time.Time { return s.now().In(s.zones.of(r)) }
