package templates

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// parse renders a sample and parses it as a browser does, a part as the content of a body. Elements hx-partial become
// templates, as in htmx, so that one may contain a table row.
func parse(t *testing.T, s sample) *html.Node {
	t.Helper()
	text := render(t, s)
	text = strings.ReplaceAll(text, "<hx-partial", "<template")
	text = strings.ReplaceAll(text, "</hx-partial>", "</template>")
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("parse %s: %v", s.name, err)
	}
	return root
}

func render(t *testing.T, s sample) string {
	t.Helper()
	var out strings.Builder
	if err := s.page.Render(t.Context(), &out); err != nil {
		t.Fatalf("render %s: %v", s.name, err)
	}
	return out.String()
}

// each runs the test for every state of every page, below a base that is not the root.
func each(t *testing.T, test func(t *testing.T, s sample, root *html.Node)) {
	t.Helper()
	for _, s := range samples(sampleBase) {
		t.Run(s.name, func(t *testing.T) { test(t, s, parse(t, s)) })
	}
}

func elements(root *html.Node) []*html.Node {
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func textOf(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(out.String())
}

// TestSec54_NothingInline checks that no page needs unsafe-inline or unsafe-eval in its Content-Security-Policy.
func TestSec54_NothingInline(t *testing.T) {
	each(t, func(t *testing.T, _ sample, root *html.Node) {
		for _, n := range elements(root) {
			src, _ := attr(n, "src")
			if n.Data == "style" || n.Data == "script" && (src == "" || n.FirstChild != nil) {
				t.Errorf("<%s> has its content in the page", n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("<%s %s=%q>: inline", n.Data, a.Key, a.Val)
				}
			}
		}
	})
}

// TestSec56_HtmxEvaluatesNothing checks that no attribute makes htmx evaluate code, and how htmx is configured.
func TestSec56_HtmxEvaluatesNothing(t *testing.T) {
	each(t, func(t *testing.T, s sample, root *html.Node) {
		configured := s.part
		for _, n := range elements(root) {
			for _, a := range n.Attr {
				if !strings.HasPrefix(a.Key, "hx-") {
					continue
				}
				if strings.HasPrefix(a.Key, "hx-on") || strings.Contains(a.Val, "js:") || strings.Contains(a.Val, "javascript:") {
					t.Errorf("<%s %s=%q> needs eval", n.Data, a.Key, a.Val)
				}
				if a.Key == "hx-trigger" && strings.Contains(a.Val, "[") {
					t.Errorf("hx-trigger=%q has a filter, which needs eval", a.Val)
				}
			}
			if name, _ := attr(n, "name"); name == "htmx-config" {
				content, _ := attr(n, "content")
				configured = strings.Contains(content, `"mode":"same-origin"`) && strings.Contains(content, `"includeIndicatorCSS":false`)
			}
		}
		if !configured {
			t.Error("htmx is not configured to stay on the site and to leave styles alone")
		}
	})
}

// TestSec57_UserContentIsText checks that a hostile name makes no element or attribute, and that it is always in an element
// that htmx ignores.
func TestSec57_UserContentIsText(t *testing.T) {
	seen := 0
	each(t, func(t *testing.T, _ sample, root *html.Node) {
		for n := range root.Descendants() {
			if n.Type == html.ElementNode {
				if _, bad := attr(n, "onerror"); bad {
					t.Error("a name became an element")
				}
				if got, _ := attr(n, "hx-get"); got == "/x" {
					t.Error("a name carries hx-get")
				}
			}
			if n.Type != html.TextNode || !strings.Contains(n.Data, "onerror") {
				continue
			}
			seen++
			if n.Parent.Data != "title" && !ignored(n) {
				t.Errorf("a name stands in <%s>, outside of hx-ignore", n.Parent.Data)
			}
		}
	})
	if seen < 10 {
		t.Errorf("the hostile name was met %d times: the samples no longer hold it", seen)
	}
}

func ignored(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if _, ok := attr(p, "hx-ignore"); ok {
			return true
		}
	}
	return false
}

func TestEveryAddressOfOursIsBelowTheBase(t *testing.T) {
	each(t, func(t *testing.T, _ sample, root *html.Node) {
		for _, n := range elements(root) {
			for _, key := range []string{"href", "src", "action", "hx-get", "hx-post"} {
				val, ok := attr(n, key)
				if !ok || strings.HasPrefix(val, "https://") || strings.HasPrefix(val, "#") {
					continue
				}
				if !strings.HasPrefix(val, string(sampleBase)+"/") {
					t.Errorf("<%s %s=%q> is not below %s", n.Data, key, val, sampleBase)
				}
			}
		}
	})
}

func TestEveryControlHasAName(t *testing.T) {
	each(t, func(t *testing.T, _ sample, root *html.Node) {
		all := elements(root)
		for _, n := range all {
			kind, _ := attr(n, "type")
			switch {
			case n.Data == "select", n.Data == "input" && kind != "hidden":
				id, _ := attr(n, "id")
				labelled := slices.ContainsFunc(all, func(l *html.Node) bool {
					to, _ := attr(l, "for")
					return l.Data == "label" && id != "" && to == id && textOf(l) != ""
				})
				if !labelled {
					t.Errorf("<%s id=%q> has no label", n.Data, id)
				}
			case n.Data == "button", n.Data == "a", n.Data == "summary":
				label, _ := attr(n, "aria-label")
				if label == "" && textOf(n) == "" {
					t.Errorf("<%s> %v has neither text nor a label", n.Data, n.Attr)
				}
			}
		}
	})
}

func TestIDsAreUniqueAndReferencesMeetThem(t *testing.T) {
	each(t, func(t *testing.T, s sample, root *html.Node) {
		ids := map[string]bool{}
		for _, n := range elements(root) {
			id, ok := attr(n, "id")
			if !ok {
				continue
			}
			if ids[id] {
				t.Errorf("id %q is there twice", id)
			}
			ids[id] = true
		}
		if s.part {
			return
		}
		for _, n := range elements(root) {
			for _, key := range []string{"for", "aria-labelledby", "aria-describedby", "popovertarget", "commandfor", "form", "data-copy-from"} {
				val, _ := attr(n, key)
				for _, id := range strings.Fields(val) {
					// The dialog gets its title with its content.
					if !ids[id] && id != "dialog-title" {
						t.Errorf("<%s %s=%q>: there is no such element", n.Data, key, id)
					}
				}
			}
		}
	})
}

func TestEveryPageHasOneHeadingAndLandmarks(t *testing.T) {
	each(t, func(t *testing.T, s sample, root *html.Node) {
		if s.part {
			return
		}
		count := map[string]int{}
		for _, n := range elements(root) {
			count[n.Data]++
			if n.Data == "html" {
				if lang, _ := attr(n, "lang"); lang != "en" {
					t.Errorf("lang is %q", lang)
				}
			}
		}
		if count["h1"] != 1 || count["main"] != 1 || count["title"] != 1 {
			t.Errorf("h1 %d, main %d, title %d: want one of each", count["h1"], count["main"], count["title"])
		}
	})
}

// TestEveryPageAndPartHasASample checks that the tests of this package, and the browser test of the samples, cover every
// exported component.
func TestEveryPageAndPartHasASample(t *testing.T) {
	called := map[string]bool{}
	ast.Inspect(parseGo(t, "samples_test.go"), func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if name, ok := call.Fun.(*ast.Ident); ok {
				called[name.Name] = true
			}
		}
		return true
	})
	files, err := filepath.Glob("*_templ.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no templates were found: %v", err)
	}
	for _, file := range files {
		for _, d := range parseGo(t, file).Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.IsExported() && !called[f.Name.Name] {
				t.Errorf("%s has no sample", f.Name.Name)
			}
		}
	}
}

func parseGo(t *testing.T, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTablesKeepTheirRoles(t *testing.T) {
	roles := map[string][]string{
		"table": {"table"}, "thead": {"rowgroup"}, "tbody": {"rowgroup"}, "tr": {"row"}, "td": {"cell"},
		"th": {"columnheader", "rowheader"},
	}
	each(t, func(t *testing.T, _ sample, root *html.Node) {
		for _, n := range elements(root) {
			want, ok := roles[n.Data]
			if role, _ := attr(n, "role"); ok && !slices.Contains(want, role) {
				t.Errorf("<%s role=%q>: want one of %v", n.Data, role, want)
			}
		}
	})
}

// TestAttributesAreWhole finds Go code within a tag that templ did not recognise: templ renders its words as attributes.
func TestAttributesAreWhole(t *testing.T) {
	each(t, func(t *testing.T, _ sample, root *html.Node) {
		for _, n := range elements(root) {
			for _, a := range n.Attr {
				if a.Key == "else" || a.Key == "if" || strings.ContainsAny(a.Key, "{}()") {
					t.Errorf("<%s> has the attribute %q", n.Data, a.Key)
				}
			}
		}
	})
}

func TestWordsInPagesAreSeparated(t *testing.T) {
	tests := map[string][]string{
		"users":            {"42 of 50 used", "51–62 of 1,284", "Page 2 of 26", "Read 12 s ago", "1,284 accounts on acme-prod"},
		"users-stale":      {"Wallaroo does not answer. You can look, but not change anything until it is back. What you see was read 14:02 UTC, 9 minutes ago."},
		"users-no-match":   {"No active user matches “\"><img"},
		"user-differs":     {"Username dfarrowmere, email dana.farrowmere@example.com", "Google as dana.farrowmere@example.com", "Dana can sign in, but Wallaroo will not open"},
		"user-shared":      {"Also used by \"><img", "and Two"},
		"user-no-email":    {"Dana has no email address, so Wallaroo will not open"},
		"user-malformed":   {"The email of Dana is not valid, so Wallaroo will not open", "dana.farrowmere@example,com is not one bare address."},
		"deactivate":       {"Deactivate Jonas Veldebrandt?", "41 of 50 seats will be in use."},
		"user-changed":     {"Deactivated Jonas Veldebrandt"},
		"invite-result":    {"Invited piers.hollingwane@example.com"},
		"invite-full":      {"Oskar Brandmoor is a deactivated member"},
		"activity":         {"Kept for 400 days."},
		"users-no-limit":   {"42 used", "The limit is not known here."},
		"activity-empty":   {"Kept for 1 day."},
		"error":            {"Error 502", "Nothing was changed."},
		"invite-repeated":  {"The first time was for piers.hollingwane@example.com. That invitation was sent."},
		"forbidden":        {"You signed in as \"><img"},
		"user-unverified":  {"The email of Dana is not verified"},
		"users-bad-search": {"“created:” takes a span like 7d"},
	}
	for _, s := range samples("") {
		for _, want := range tests[s.name] {
			got := strings.Join(strings.Fields(textOf(parse(t, s))), " ")
			if !strings.Contains(got, want) {
				t.Errorf("%s does not say %q", s.name, want)
			}
		}
		delete(tests, s.name)
	}
	for name := range tests {
		t.Errorf("there is no sample named %q", name)
	}
}

func TestAStalePageChangesNothing(t *testing.T) {
	for _, s := range samples("") {
		if s.name != "users-stale" && s.name != "user-stale" {
			continue
		}
		root := parse(t, s)
		for _, n := range elements(root) {
			action, _ := attr(n, "action")
			href, _ := attr(n, "href")
			if strings.HasSuffix(action, "activate") || strings.HasSuffix(href, "/invite") {
				t.Errorf("%s still offers a change: %v", s.name, n.Attr)
			}
		}
	}
}

func TestThePasswordIsOnItsPageOnce(t *testing.T) {
	for _, s := range samples("") {
		if s.name != "invite-result" {
			continue
		}
		got := render(t, s)
		if strings.Count(got, "kT7") != 1 || !strings.Contains(got, "kT7&lt;vmQ2&amp;&#34;x9Rd") {
			t.Errorf("the password is not there exactly once, escaped")
		}
	}
}

// notWords matches a whole email address or UUID.
var notWords = regexp.MustCompile(`(?i)[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// A translating browser would change passwords, ids and addresses.
func TestWhatIsNoTextIsNotTranslated(t *testing.T) {
	each(t, func(t *testing.T, _ sample, root *html.Node) {
		for n := range root.Descendants() {
			verbatim := n.Type == html.ElementNode && slices.Contains([]string{"code", "kbd", "pre", "bdi"}, n.Data)
			if class, _ := attr(n, "class"); class == "brand" {
				verbatim = true
			}
			if value, _ := attr(n, "value"); n.Data == "option" && strings.Contains(value, ".") {
				verbatim = true
			}
			verbatim = verbatim || n.Type == html.TextNode && n.Parent.Data != "title" && notWords.MatchString(n.Data)
			if verbatim && !isVerbatim(n) {
				t.Errorf("a browser may translate %q in <%s>", strings.TrimSpace(n.Data), n.Parent.Data)
			}
		}
	})
}

func isVerbatim(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if is, _ := attr(n, "translate"); is == "no" {
			return true
		}
	}
	return false
}
