package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// handMade matches a query string to which a value is appended: "/activity?user=".
var handMade = regexp.MustCompile(`[?&]\w+=$`)

// Values must go into an address by url.Values, which escapes them.
func TestNoQueryStringIsMadeByHand(t *testing.T) {
	for _, dir := range []string{"internal", "web", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", "..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(filepath.ToSlash(path), "internal/testing/") || strings.Contains(filepath.ToSlash(path), "internal/demo/") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				sum, ok := n.(*ast.BinaryExpr)
				if !ok || sum.Op != token.ADD {
					return true
				}
				left := sum.X
				if inner, ok := left.(*ast.BinaryExpr); ok {
					left = inner.Y
				}
				if text, ok := left.(*ast.BasicLit); ok && text.Kind == token.STRING {
					if value, err := strconv.Unquote(text.Value); err == nil && handMade.MatchString(value) {
						t.Errorf("%s puts something unescaped behind %q", path, value)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
