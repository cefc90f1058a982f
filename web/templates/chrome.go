package templates

// Section is the part of the site that a page belongs to; the main navigation marks it.
type Section string

// The sections of the main navigation.
const (
	SectionNone     Section = ""
	SectionUsers    Section = "users"
	SectionActivity Section = "activity"
)

// Theme is what the reader chose in the account menu, kept in the cookie "theme". The system's own choice is the zero
// value.
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
	// Section is marked in the main navigation. On the page of that section itself Here is true.
	Section Section
	Here    bool
	// Me is who is signed in, nil for nobody: such a page has neither navigation nor account menu.
	Me *Me
	// Cookies is what the names of the site's cookies begin with. The script reads and writes "theme", "shortcuts" and "tz".
	Cookies string
	// Theme is the reader's choice, from the cookie "theme".
	Theme Theme
	// ShortcutsOff is true when the reader turned single-key shortcuts off (the cookie "shortcuts" is "off").
	ShortcutsOff bool
	// Zone is the name of the zone that the page's times are in: "UTC", or the one from the cookie "tz".
	Zone string
	// Return is the page's own path and query below Base, to which saving a preference comes back.
	Return string
	// Toast says what was just done, after a redirect: as a banner without JavaScript, as a toast with it.
	Toast *Toast
	// Stale is set when the API doesn't answer and the page shows what was read before: nothing can be changed.
	Stale *Stale
}

// Me is the signed-in administrator.
type Me struct {
	// Name is the display name; Email may be empty. Initials are one or two letters.
	Name, Email, Initials string
}
