package templates

import "github.com/a-h/templ"

// Time is a moment, formatted.
type Time struct {
	// ISO is the exact value in RFC 3339, in UTC, for the datetime attribute and for the script.
	ISO string
	// Text is what is read without JavaScript: "20 Nov 2026", or "20 Nov 2026, 15:40 UTC" with a clock time.
	Text string
	// Style is how the script formats it in the reader's own zone and locale.
	Style TimeStyle
	// Now is when the style Ago was worked out, by the server's clock, in RFC 3339 with milliseconds. The script counts
	// from there: the reader's clock may be wrong.
	Now string
}

// IsZero reports whether there is no moment.
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
	// Ago shows "12 s ago"; the script keeps it current.
	Ago TimeStyle = "ago"
)

// stamp draws a moment; the script adds its exact value as a title.
func stamp(t Time) templ.Component {
	if t.IsZero() {
		return nothing("Not known")
	}
	now := ""
	if t.Now != "" {
		now = ` data-now="` + templ.EscapeString(t.Now) + `"`
	}
	return templ.Raw(`<time datetime="` + templ.EscapeString(t.ISO) + `" data-time="` + string(t.Style) + `"` + now + `>` + templ.EscapeString(t.Text) + "</time>")
}
