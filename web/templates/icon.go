package templates

import "github.com/a-h/templ"

// icon draws a symbol of icons.svg. It is decoration: the words beside it say the same.
//
// Like the other components in Go ([given], [marked], [stamp], [nothing], [muted]) it is in each row of the list many
// times, and a generated one takes several times as long. They pass all text from outside through templ.EscapeString.
func icon(b Base, name string) templ.Component {
	return templ.Raw(`<svg class="i" aria-hidden="true"><use href="` + templ.EscapeString(b.Asset("icons.svg")) + "#" + name + `"></use></svg>`)
}
