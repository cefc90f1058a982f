// Package archtest compares the documents with the code.
package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "wallaroo-user-admin/"

// allowed is the table of docs/architecture.md: which of our packages each package may import. Tests are exempt.
var allowed = map[string][]string{
	"cmd/server":         {"internal/app", "internal/config"},
	"cmd/demo":           {"internal/app", "internal/config", "internal/demo"},
	"internal/app":       {"internal/audit", "internal/auth", "internal/changes", "internal/config", "internal/cookies", "internal/directory", "internal/handlers", "internal/panics", "internal/session", "internal/store", "internal/wallaroo", "web/templates"},
	"internal/handlers":  {"internal/audit", "internal/auth", "internal/changes", "internal/cookies", "internal/directory", "internal/emails", "internal/sanitize", "internal/wallaroo", "web/static", "web/templates"},
	"internal/changes":   {"internal/audit", "internal/directory", "internal/emails", "internal/wallaroo"},
	"internal/directory": {"internal/emails", "internal/fold", "internal/panics", "internal/wallaroo"},
	"web/templates":      {"web/static"},
	"internal/auth":      {"internal/cookies", "internal/panics", "internal/upstream"},
	"internal/session":   {"internal/cookies"},
	"internal/cookies":   nil,
	"internal/config":    nil,
	"internal/panics":    nil,
	"internal/store":     {"internal/emails", "internal/fold", "internal/sanitize"},
	"internal/fold":      nil,
	"internal/emails":    nil,
	"internal/wallaroo":  {"internal/sanitize", "internal/upstream"},
	"internal/audit":     {"internal/emails", "internal/fold", "internal/sanitize"},
	"internal/upstream":  nil,
	"internal/sanitize":  nil,
	"internal/demo":      nil,
	"web/static":         nil,
	"internal/archtest":  nil,

	// Shared test code, and the commands that run it. Nothing above may import it.
	"cmd/cluster":                {"internal/testing/cluster", "internal/demo"},
	"cmd/soak":                   {"internal/testing/soak"},
	"internal/testing/cluster":   {"internal/demo"},
	"internal/testing/soak":      {"internal/testing/cluster", "internal/demo"},
	"internal/testing/harness":   {"internal/app", "internal/auth", "internal/config", "internal/cookies", "internal/demo", "internal/handlers"},
	"internal/testing/storetest": {"internal/store"},
	"internal/testing/fakeapi":   {"internal/wallaroo"},
	"internal/testing/cut":       nil,
	"internal/testing/bench":     nil, // measures from outside
}

// goPackage is a package in the output of go list -json.
type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T, patterns ...string) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, patterns...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// Every import is in the table, and every row of the table is an import.
func TestEachPackageImportsWhatTheTableSays(t *testing.T) {
	exist := make(map[string]bool)
	for _, p := range list(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		exist[name] = true
		may, known := allowed[name]
		if !known {
			t.Errorf("%s is not in the table: give it a rung, here and in docs/architecture.md", name)
			continue
		}
		for _, imported := range p.Imports {
			ours, isOurs := strings.CutPrefix(imported, module)
			if isOurs && !slices.Contains(may, ours) {
				t.Errorf("%s imports %s", name, ours)
			}
		}
		for _, ours := range may {
			if !slices.Contains(p.Imports, module+ours) {
				t.Errorf("%s may import %s, and doesn't", name, ours)
			}
		}
	}
	for name := range allowed {
		if !exist[name] {
			t.Errorf("%s is in the table, and there is no such package", name)
		}
	}
}

func TestTheServerHoldsNoDemoAndNothingOfTheTests(t *testing.T) {
	for _, p := range list(t, "./cmd/server") {
		for _, dep := range p.Deps {
			if dep == module+"internal/demo" || strings.HasPrefix(dep, module+"internal/testing/") || strings.HasPrefix(dep, "github.com/zitadel/") {
				t.Errorf("cmd/server links %s", dep)
			}
		}
	}
}

// Handlers use only the client's errors, and values that an answer may lack; they
// call the API through the directory.
func TestHandlersTakeOnlyErrorsAndValuesFromTheClient(t *testing.T) {
	for _, used := range selectors(t, "../handlers", "wallaroo") {
		isValue := slices.Contains([]string{"Bool", "BoolOf", "True"}, used)
		isError := used == "Error" || used == "InDoubt" || strings.HasPrefix(used, "Err")
		if !isError && !isValue {
			t.Errorf("handlers use wallaroo.%s", used)
		}
	}
}
