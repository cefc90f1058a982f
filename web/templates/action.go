package templates

// Action is a link, or a form with one button when Post is set.
type Action struct {
	Text string
	// Href is an address with Base in it, or an absolute one.
	Href string
	// Post makes it a form that posts Fields to Href.
	Post   bool
	Fields []Field
	// Primary marks the main choice.
	Primary bool
	// Icon is the id of a symbol in icons.svg, or empty.
	Icon string
}

// Field is a hidden field of a form.
type Field struct{ Name, Value string }
