package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A row of the walk: file, function, and the functions that it calls, in backquotes.
var (
	walkRow = regexp.MustCompile("(?m)^\\| `(internal/\\S+\\.go)` \\| `(\\w+)` \\| (.*) \\|$")
	quoted  = regexp.MustCompile("`(\\w+)`")
)

// docs/architecture.md walks through one deactivation. Each step must be a function in the named file that calls, or
// passes on, the named functions.
func TestTheDocumentedWalkOfADeactivationMatchesTheCode(t *testing.T) {
	rows := walkRow.FindAllStringSubmatch(read(t, "docs/architecture.md"), -1)
	if len(rows) < 8 {
		t.Fatalf("the walk has %d steps", len(rows))
	}
	for _, row := range rows {
		used := namesIn(t, row[1], row[2])
		if used == nil {
			t.Errorf("%s has no function %s", row[1], row[2])
			continue
		}
		for _, call := range quoted.FindAllStringSubmatch(row[3], -1) {
			if !used[call[1]] {
				t.Errorf("%s: %s doesn't call %s", row[1], row[2], call[1])
			}
		}
	}
}

// namesIn returns the names that the body of a function uses, or nil if the file has no such function.
func namesIn(t *testing.T, path, function string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", path), nil, 0)
	if err != nil {
		t.Error(err)
		return nil
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != function {
			continue
		}
		used := make(map[string]bool)
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok && !strings.EqualFold(name.Name, "_") {
				used[name.Name] = true
			}
			return true
		})
		return used
	}
	return nil
}
