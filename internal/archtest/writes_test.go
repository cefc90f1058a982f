package archtest_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const clientPath = module + "internal/wallaroo"

// reachesWrites returns how a Go file can make write calls to the users API, "" if it can't: by naming the client's
// Writer, by a renamed or dot import of the client, or by a URL of the API.
func reachesWrites(source string) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
	if err != nil {
		return "", err
	}
	name := ""
	for _, i := range file.Imports {
		if path, _ := strconv.Unquote(i.Path.Value); path == clientPath {
			name = "wallaroo"
			if i.Name != nil {
				name = i.Name.Name
			}
		}
	}
	if name == "." {
		return "a dot import of the client", nil
	}
	found := ""
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && name != "" && x.Name == name && strings.HasSuffix(n.Sel.Name, "Writer") {
				found = fmt.Sprintf("%s.%s", name, n.Sel.Name)
			}
		case *ast.BasicLit:
			if strings.Contains(n.Value, "/v1/api/user") && !strings.Contains(n.Value, "/v1/api/users/query") {
				found = n.Value
			}
		}
		return true
	})
	return found, nil
}

// mayReachWrites reports whether a package may make changes, or is a fake of the API.
func mayReachWrites(dir string) bool {
	for _, may := range []string{"internal/changes", "internal/wallaroo", "internal/demo", "internal/testing"} {
		if dir == may || strings.HasPrefix(dir, may+"/") {
			return true
		}
	}
	return false
}

func TestOnlyChangesReachesTheWritingCalls(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && rel != ".") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || mayReachWrites(filepath.ToSlash(filepath.Dir(rel))) {
			return nil
		}
		seen++
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		how, err := reachesWrites(string(source))
		if how != "" {
			t.Errorf("%s reaches the API's writing calls (%s): they go through package changes", rel, how)
		}
		return err
	})
	if err != nil || seen < 100 {
		t.Errorf("looked at %d files: %v", seen, err)
	}
}

// reachesWrites must find all ways that a handler, or another package, might use.
func TestWaysToTheWritingCallsAreSeen(t *testing.T) {
	const imported = `import "` + clientPath + `"; `
	for name, row := range map[string]struct {
		source string
		seen   bool
	}{
		"a handler makes a writer":         {imported + `func f(c *wallaroo.Client) { wallaroo.NewWriter(c).Deactivate(nil, "", "") }`, true},
		"a second package keeps one":       {imported + `type bulk struct{ *wallaroo.Writer }`, true},
		"under another name":               {`import api "` + clientPath + `"; var w api.Writer`, true},
		"under no name":                    {`import . "` + clientPath + `"; var w Writer`, true},
		"by the address of the call":       {`const path = "/v1/api/users/deactivate"`, true},
		"by the address of the other call": {`const path = "/v1/api/user"`, true},
		"reads and errors":                 {imported + `var c *wallaroo.Client; var e = wallaroo.ErrForbidden`, false},
		"another package's writer":         {`import "encoding/csv"; var w *csv.Writer`, false},
	} {
		how, err := reachesWrites("package p; " + row.source)
		if err != nil || (how != "") != row.seen {
			t.Errorf("%s: %q, %v", name, how, err)
		}
	}
}
