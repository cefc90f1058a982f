package templates

// Section is the part of the site that a page belongs to; the main navigation marks it.
type Section string

// The sections of the main navigation.
const (
	SectionNone     Section = ""
	SectionUsers    Section = "users"
	SectionActivity Section = "activity"
)

// Theme is the choice in the account menu, kept in the cookie "theme". The zero value follows the system.
type Theme string

// The themes that can be chosen.
const (
	ThemeSystem Theme = ""
	ThemeLight  Theme = "light"
	ThemeDark   Theme = "dark"
)

// Chrome is what every page needs around its content.
type Chrome struct {
	// Base is the path of the public URL; see [Base].
	Base Base
	// Instance is the name of the Wallaroo instance, such as "acme-prod".
	Instance string
	// Section is marked in the main navigation. Here is true on the section's own page, false on a page below it.
	Section Section
	Here    bool
	// Me is who is signed in, or nil: a page without it has neither navigation nor account menu.
	Me *Me
	// next is an address that the browser goes on to at once, or empty.
	next string
	// Cookies is the prefix of the names of the cookies. The script reads and writes "theme", "shortcuts" and "tz".
	Cookies string
	// Theme is from the cookie "theme".
	Theme Theme
	// ShortcutsOff is true when single-key shortcuts are turned off (the cookie "shortcuts" is "off").
	ShortcutsOff bool
	// Zone is the name of the time zone of the page: "UTC", or the one from the cookie "tz".
	Zone string
	// Return is the page's own path and query below Base; saving a preference redirects to it.
	Return string
	// Toast reports the change that led here, or is nil: as a banner after a redirect, as a toast after an answer to htmx.
	Toast *Toast
	// Stale is set when the API doesn't answer and the page shows an earlier answer. Then nothing can be changed.
	Stale *Stale
}

// Me is the signed-in administrator.
type Me struct {
	// Name is the display name; Email may be empty. Initials are one or two letters.
	Name, Email, Initials string
}
