package harness

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page is an answer with its body.
type Page struct {
	Status int
	Header http.Header
	URL    *url.URL // after all redirects
	Body   string
	Doc    *html.Node
}

// Text returns the text of the page's main element in one line.
func (p Page) Text() string {
	main := Find(p.Doc, func(n *html.Node) bool { return n.Data == "main" })
	if main == nil {
		main = p.Doc
	}
	var words []string
	Each(main, func(n *html.Node) {
		if n.Type == html.TextNode {
			words = append(words, strings.Fields(n.Data)...)
		}
	})
	return strings.Join(words, " ")
}

// Title returns the page's heading.
func (p Page) Title() string {
	heading := Find(p.Doc, func(n *html.Node) bool { return n.Data == "h1" })
	if heading == nil {
		return ""
	}
	return Page{Doc: heading}.Text()
}

// Field returns the value of a form field.
func (p Page) Field(name string) string {
	if n := Find(p.Doc, func(n *html.Node) bool { return n.Data == "input" && Attribute(n, "name") == name }); n != nil {
		return Attribute(n, "value")
	}
	return ""
}

var shownPassword = regexp.MustCompile(`id="new-password"[^>]*>([^<]+)<`)

// Password returns the temporary password that the page after an invitation shows.
func (p Page) Password(t testing.TB) string {
	t.Helper()
	found := shownPassword.FindStringSubmatch(p.Body)
	if found == nil {
		t.Fatalf("no password on the page: %s", p.Text())
	}
	return html.UnescapeString(found[1])
}

// Find returns the first node at or below n that satisfies is, or nil.
func Find(n *html.Node, is func(*html.Node) bool) *html.Node {
	var found *html.Node
	Each(n, func(n *html.Node) {
		if found == nil && n.Type == html.ElementNode && is(n) {
			found = n
		}
	})
	return found
}

// Each calls do for n and all its descendants.
func Each(n *html.Node, do func(*html.Node)) {
	do(n)
	for c := range n.ChildNodes() {
		Each(c, do)
	}
}

// Attribute returns the value of an element's attribute, or "".
func Attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
