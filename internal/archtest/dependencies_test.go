package archtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

func TestSec68_TheLibrariesThatMatterAreCurrent(t *testing.T) {
	mod := modFile(t, "go.mod")
	// Versions below these have a known vulnerability, or lack a check that we rely on.
	least := map[string]string{
		"github.com/go-chi/chi/v5": "v5.3.0", "github.com/coreos/go-oidc/v3": "v3.21.0",
		"github.com/go-jose/go-jose/v4": "v4.1.4", "github.com/gorilla/sessions": "v1.4.0",
	}
	for _, r := range mod.Require {
		if want := least[r.Mod.Path]; want != "" && semver.Compare(r.Mod.Version, want) < 0 {
			t.Errorf("%s is %s, want %s or newer", r.Mod.Path, r.Mod.Version, want)
		}
		delete(least, r.Mod.Path)
	}
	if len(least) > 0 {
		t.Errorf("not required at all: %v", least)
	}
}

// Vulnerabilities of the standard library are fixed by the toolchain. Linters can't read a Go newer than their own.
func TestSec68_TheToolchainIsCurrentAndTheSameForTheTools(t *testing.T) {
	want, is := modFile(t, "go.mod").Toolchain, modFile(t, "tools/go.mod").Toolchain
	if want == nil || semver.Compare("v"+strings.TrimPrefix(want.Name, "go"), "v1.27.3") < 0 {
		t.Fatalf("go.mod has toolchain %+v, want go1.27.3 or newer", want)
	}
	if is == nil || is.Name != want.Name {
		t.Errorf("tools/go.mod has toolchain %+v, go.mod has %s", is, want.Name)
	}
}

func modFile(t *testing.T, name string) *modfile.File {
	t.Helper()
	mod, err := modfile.Parse(name, []byte(read(t, name)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return mod
}

var (
	htmxSays   = regexp.MustCompile(`this\.version="(\d+\.\d+\.\d+)"`)
	noticeSays = regexp.MustCompile(`web/static/htmx\.min\.js\s+htmx (\d+\.\d+\.\d+),`)
)

// No vulnerability scanner covers vendored JavaScript.
func TestSec68_TheCopyOfHtmxIsTheOneThatIsNamedAndCurrent(t *testing.T) {
	version := func(pattern *regexp.Regexp, path ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
		if err != nil {
			t.Fatal(err)
		}
		found := pattern.FindSubmatch(text)
		if found == nil {
			t.Fatalf("%v names no version", path)
		}
		return "v" + string(found[1])
	}
	is, named := version(htmxSays, "web", "static", "htmx.min.js"), version(noticeSays, "NOTICE")
	if is != named || semver.Compare(is, "v4.0.1") < 0 {
		t.Errorf("the file is htmx %s, NOTICE says %s", is, named)
	}
}

// All quick checks are run, with stubs for the programs that they call.
func TestSec68_KnownVulnerabilitiesAreLookedForAndFailTheRun(t *testing.T) {
	const fixable, notFixable = "echo '    Fixed in: html/template@go1.27.4'; ", "echo '    Fixed in: N/A'; "
	for name, row := range map[string]struct {
		download, govulncheck string // what they do
		fails                 bool
	}{
		"none":                       {"exit 0", "exit 0", false},
		"one with a fix":             {"exit 0", fixable + "exit 3", true},
		"one without a fix":          {"exit 0", notFixable + "exit 3", false},
		"one of each":                {"exit 0", notFixable + fixable + "exit 3", true},
		"one in words we don't know": {"exit 0", "echo 'Vulnerability #1'; exit 3", true},
		"packages don't load":        {"exit 0", "echo 'govulncheck: loading packages'; exit 1", true},
		"no database":                {"exit 1", "exit 0", true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put := func(text string, mode os.FileMode, path ...string) {
				file := filepath.Join(append([]string{dir}, path...)...)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), mode); err != nil {
					t.Fatal(err)
				}
			}
			for _, path := range [][]string{{".ci", "run"}, {"scripts", "checks.sh"}, {"scripts", "steps.sh"}, {"scripts", "toolchain.sh"}, {"go.mod"}} {
				text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
				if err != nil {
					t.Fatal(err)
				}
				put(string(text), 0o755, path...)
			}
			for _, command := range []string{"npx", "shellcheck"} {
				put("#!/bin/sh\n", 0o755, "bin", command)
			}
			put("#!/bin/sh\ncase \"$*\" in *'download golang.org/x/vulndb') "+row.download+
				" ;; *'list -m'*) echo /pinned ;; esac\n", 0o755, "bin", "go")
			put("#!/bin/sh\n[ \"$1\" = --silent ] && [ \"$2\" = tools ] && echo built\nmkdir -p e2e\n", 0o755, "bin", "make")
			for _, tool := range []string{"gofumpt", "golangci-lint", "deadcode"} {
				put("#!/bin/sh\n", 0o755, "built", tool)
			}
			put("#!/bin/sh\necho \"$@\" >asked\n"+row.govulncheck+"\n", 0o755, "built", "govulncheck")
			cmd := exec.CommandContext(t.Context(), filepath.Join(dir, ".ci", "run"), "quick")
			cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
			said, err := cmd.CombinedOutput()
			says := "passed: vulnerabilities"
			if row.fails {
				says = "FAILED: vulnerabilities"
			}
			if (err != nil) != row.fails || !strings.Contains(string(said), says) {
				t.Errorf("%v\n%s", err, said)
			}
			asked, err := os.ReadFile(filepath.Join(dir, "asked"))
			if row.download == "exit 0" && string(asked) != "-db file:///pinned/data/osv ./cmd/...\n" {
				t.Errorf("govulncheck was asked %q, %v", asked, err)
			}
		})
	}
}
