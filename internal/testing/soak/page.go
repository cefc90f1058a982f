package soak

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// walk calls do for each node of a page.
func walk(body string, do func(n *html.Node)) {
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return // html.Parse fails only if reading does
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			do(n)
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// hidden returns the hidden fields of a page with one form.
func hidden(body string) url.Values {
	values := url.Values{}
	walk(body, func(n *html.Node) {
		if n.Data == "input" && attribute(n, "type") == "hidden" {
			values.Set(attribute(n, "name"), attribute(n, "value"))
		}
	})
	return values
}

// formTo returns the hidden fields of the page's form that posts to a path; nil if there is none.
func formTo(body, path string) url.Values {
	var values url.Values
	walk(body, func(n *html.Node) {
		if n.Data != "form" || attribute(n, "method") != "post" || attribute(n, "action") != path || values != nil {
			return
		}
		values = url.Values{}
		for field := range n.Descendants() {
			if field.Data == "input" && attribute(field, "type") == "hidden" {
				values.Set(attribute(field, "name"), attribute(field, "value"))
			}
		}
	})
	return values
}

// activeOn returns the state of the page's only status switch. found is false if there is none.
func activeOn(body string) (active, found bool) {
	walk(body, func(n *html.Node) {
		if attribute(n, "role") == "switch" {
			active, found = attribute(n, "aria-checked") == "true", true
		}
	})
	return active, found
}

// words returns the beginning of the text of a page's main element, for a report.
func words(body string) string {
	if _, main, found := strings.Cut(body, "<main"); found {
		body = "<main" + main
	}
	var said []string
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return http.StatusText(http.StatusInternalServerError)
	}
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "title" && n.Parent.Data != "style" {
			said = append(said, strings.Fields(n.Data)...)
		}
	}
	text := strings.Join(said, " ")
	return text[:min(len(text), 300)]
}
