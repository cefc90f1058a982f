package templates

import "github.com/a-h/templ"

// nothing draws a dash in place of a value; screen readers read what it means.
func nothing(means string) templ.Component {
	return templ.Raw(`<span class="muted"><span aria-hidden="true">–</span><span class="vh">` + templ.EscapeString(means) + "</span></span>")
}

// muted draws a word in place of a value.
func muted(word string) templ.Component {
	return templ.Raw(`<span class="muted">` + templ.EscapeString(word) + "</span>")
}
