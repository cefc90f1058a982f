package archtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

func TestSec68_TheLibrariesThatMatterAreCurrentAndScanned(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Versions below these have a known weakness, or lack a check we build on.
	least := map[string]string{
		"github.com/go-chi/chi/v5": "v5.3.0", "github.com/coreos/go-oidc/v3": "v3.21.0",
		"github.com/go-jose/go-jose/v4": "v4.1.0", "github.com/gorilla/sessions": "v1.4.0",
	}
	for _, r := range mod.Require {
		if want := least[r.Mod.Path]; want != "" && semver.Compare(r.Mod.Version, want) < 0 {
			t.Errorf("%s is %s, want %s or newer", r.Mod.Path, r.Mod.Version, want)
		}
		delete(least, r.Mod.Path)
	}
	if len(least) > 0 || semver.Compare("v"+mod.Go.Version, "v1.26.0") < 0 {
		t.Errorf("Go %s; not required at all: %v", mod.Go.Version, least)
	}
	checks, err := os.ReadFile(filepath.Join(root, "scripts", "checks.sh"))
	if err != nil || !strings.Contains(string(checks), "govulncheck") {
		t.Errorf("no step scans for known weaknesses (%v)", err)
	}
}
