package templates

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// The smallest parts of a page, of which a list draws a dozen in each row. They are written by hand, since a generated
// component takes several times as long. What comes from outside goes through templ.EscapeString.

// icon draws a symbol of the sprite. It is decoration: the words beside it say the same.
func icon(b Base, name string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		return writeAll(w, `<svg class="i" aria-hidden="true"><use href="`, templ.EscapeString(b.Asset("icons.svg")), "#", name, `"></use></svg>`)
	})
}

// given draws what somebody typed: a name, an address, an id. It stands alone in direction, so that a name written from
// right to left does not turn its neighbours round, and htmx looks at nothing in it.
func given(text string) templ.Component { return marked(Plain(text)) }

// marked draws the same with the matches of a search marked.
func marked(segments []Segment) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if err := writeAll(w, "<bdi hx-ignore>"); err != nil {
			return err
		}
		for _, s := range segments {
			before, after := "", ""
			if s.Match {
				before, after = "<mark>", "</mark>"
			}
			if err := writeAll(w, before, templ.EscapeString(s.Text), after); err != nil {
				return err
			}
		}
		return writeAll(w, "</bdi>")
	})
}

// stamp draws a moment; the script gives it its exact value as a title.
func stamp(t Time) templ.Component {
	if t.IsZero() {
		return nothing("Not known")
	}
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		return writeAll(w, `<time datetime="`, templ.EscapeString(t.ISO), `" data-time="`, string(t.Style), `">`, templ.EscapeString(t.Text), "</time>")
	})
}

// nothing draws a dash and says what it means.
func nothing(means string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		return writeAll(w, `<span class="muted"><span aria-hidden="true">–</span><span class="vh">`, templ.EscapeString(means), "</span></span>")
	})
}

// muted draws a word that stands where there is no value.
func muted(word string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		return writeAll(w, `<span class="muted">`, templ.EscapeString(word), "</span>")
	})
}

func writeAll(w io.Writer, parts ...string) error {
	for _, s := range parts {
		if _, err := io.WriteString(w, s); err != nil {
			return err
		}
	}
	return nil
}
