package templates

import (
	"context"
	"html"
	"io"

	"github.com/a-h/templ"
)

// icon draws a symbol of the sprite. It is decoration: the words beside it say the same. It is written by hand, since a
// list draws five of them in each row and a generated component takes four times as long.
func icon(b Base, name string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, `<svg class="i" aria-hidden="true"><use href="`+html.EscapeString(b.Asset("icons.svg"))+"#"+name+`"></use></svg>`)
		return err
	})
}
