package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Each package with tests has a TestMain that runs goleak.
func TestEveryPackageWithTestsChecksForGoroutineLeaks(t *testing.T) {
	looks := make(map[string]bool)
	for _, top := range []string{"cmd", "internal", "web"} {
		err := filepath.WalkDir(filepath.Join("..", "..", top), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			dir := filepath.Dir(path)
			found, err := asksGoleak(path)
			looks[dir] = looks[dir] || found
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(looks) < 20 {
		t.Errorf("only %d packages with tests were found", len(looks))
	}
	for dir, found := range looks {
		if !found {
			t.Errorf("%s has tests, and no TestMain that asks goleak", dir)
		}
	}
}

// asksGoleak reports whether a file has a TestMain that calls goleak.
func asksGoleak(file string) (found bool, err error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return false, err
	}
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "TestMain" || f.Recv != nil {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			x, ok := n.(*ast.Ident)
			found = found || ok && x.Name == "goleak"
			return true
		})
	}
	return found, nil
}
