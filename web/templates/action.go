package templates

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
