package templates

import "github.com/a-h/templ"

// Segment is a part of a text. Match is true for what is marked: what the search found, or what differs.
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

// given draws what somebody typed: a name, an address, an id. Its direction is isolated, so that a name written from
// right to left does not reorder its neighbours, htmx ignores what is in it, and browsers do not translate it.
func given(text string) templ.Component { return marked(Plain(text)) }

// marked draws the same with the segments marked that match.
func marked(segments []Segment) templ.Component {
	text := ""
	for _, s := range segments {
		if s.Match {
			text += "<mark>" + templ.EscapeString(s.Text) + "</mark>"
		} else {
			text += templ.EscapeString(s.Text)
		}
	}
	return templ.Raw(`<bdi hx-ignore translate="no">` + text + "</bdi>")
}
