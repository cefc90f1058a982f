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

// Stale says since when the API does not answer.
type Stale struct {
	// Since is when the list on show was read.
	Since Time
	// Ago is the same in words: "9 minutes ago".
	Ago string
	// Reason is what went wrong, a sentence: "Wallaroo does not answer."
	Reason string
	// Retry is the address that tries again, below the site.
	Retry string
}

// Time is a moment as it is shown.
type Time struct {
	// ISO is the exact value in RFC 3339, in UTC, for the datetime attribute and for the script.
	ISO string
	// Text is what is read without JavaScript: "20 Nov 2026", or "20 Nov 2026, 15:40 UTC" with a clock time.
	Text string
	// Style is how the script writes it in the reader's own zone and locale.
	Style TimeStyle
}

// IsZero reports whether there is no such moment.
func (t Time) IsZero() bool { return t == Time{} }

// TimeStyle is how much of a moment is shown.
type TimeStyle string

// The styles of a moment. The zero value is a day.
const (
	// Day shows "20 Nov 2026".
	Day TimeStyle = ""
	// DayTime shows "20 Nov 2026, 15:40".
	DayTime TimeStyle = "time"
	// Clock shows "15:40".
	Clock TimeStyle = "clock"
	// DaySecond shows "20 Nov 2026, 15:40:07", and ClockSecond "15:40:07".
	DaySecond   TimeStyle = "second"
	ClockSecond TimeStyle = "clock-second"
	// Ago shows "12 s ago" and goes on counting.
	Ago TimeStyle = "ago"
)

// Span is a piece of text, or a moment within it.
type Span struct {
	Text string
	At   Time
}

// Tone is the meaning of a note, a tag or a toast. It comes with an icon and with words, never alone.
type Tone string

// The tones.
const (
	ToneInfo Tone = "info"
	ToneOK   Tone = "ok"
	ToneWarn Tone = "warn"
	ToneBad  Tone = "bad"
)

// Note is a message in a box.
type Note struct {
	Tone Tone
	// Title is said first and in bold; Text explains. Either may be empty.
	Title, Text string
	// Next are links or forms that help.
	Next []Action
}

// Action is a link, or a form with one button when Post is set.
type Action struct {
	Text string
	// Href is the address, with Base in it when it is ours.
	Href string
	// Post sends a form to Href, with Fields.
	Post   bool
	Fields []Field
	// Primary is drawn as the main choice.
	Primary bool
	// Icon is the name of a symbol in icons.svg, or empty.
	Icon string
}

// Field is a hidden field of a form.
type Field struct{ Name, Value string }

// Toast says what was just done and may offer to undo it.
type Toast struct {
	Tone Tone
	// Text is a sentence without its full stop: "Deactivated Jonas Veldebrandt". About is the part of it that a user
	// gave, a name or an address; it is drawn after Text.
	Text, About string
	// Undo is a form that takes the change back, or nil.
	Undo *Action
}

// Segment is a part of a text; Match marks what the search found.
type Segment struct {
	Text  string
	Match bool
}

// Plain returns one unmarked segment, or none for an empty text.
func Plain(text string) []Segment {
	if text == "" {
		return nil
	}
	return []Segment{{Text: text}}
}

// Seats is the use of the licence.
type Seats struct {
	// Used is how many accounts are active.
	Used int
	// Limit is the licence's limit, 0 when it isn't known.
	Limit int
	// Loading is true before the list has been read.
	Loading bool
}

// Free returns how many seats are left, never below zero.
func (s Seats) Free() int { return max(s.Limit-s.Used, 0) }

// Full reports whether the limit is known and reached.
func (s Seats) Full() bool { return s.Limit > 0 && s.Used >= s.Limit }
