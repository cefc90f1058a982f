package archtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/config"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheReadmeListsEverySetting compares the README's table with the settings. On failure it prints the right table.
func TestTheReadmeListsEverySetting(t *testing.T) {
	want := []string{"| Setting | Default | What it is for |", "| --- | --- | --- |"}
	for _, row := range config.Table() {
		want = append(want, line(row))
	}
	text := read(t, "README.md")
	var got []string
	start := strings.Index(text, want[0])
	if start >= 0 {
		table, _, _ := strings.Cut(text[start:], "\n\n")
		got = strings.Split(strings.TrimSpace(table), "\n")
	}
	if !slices.Equal(got, want) {
		t.Errorf("the settings in README.md have to be\n\n%s\n\nand are\n\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

// line returns a setting's row in the README.
func line(row config.Setting) string {
	name := "`" + row.Name + "`"
	if row.Secret {
		name += " *"
	}
	value := "**needed**"
	if !row.Required {
		value = "`" + row.Default + "`"
		if plainWords.MatchString(row.Default) {
			value = row.Default
		}
	}
	return "| " + name + " | " + value + " | " + row.Purpose + " |"
}

// plainWords matches defaults that describe a value rather than being one.
var plainWords = regexp.MustCompile(`^(none|not known|from the issuer|the system's|host of .*)$`)

// TestDocumentsLinkToWhatIsThere checks every relative link in the documents, including its #anchor.
func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	documents, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	documents = append(documents, "../../README.md", "../../CONTRIBUTING.md", "../../SECURITY.md", "../../CHANGELOG.md")
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, document := range documents {
		text := read(t, strings.TrimPrefix(document, "../../"))
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			path, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(path, "://") || strings.HasPrefix(path, "mailto:") {
				continue
			}
			target := document
			if path != "" {
				target = filepath.Join(filepath.Dir(document), path)
			}
			content, err := os.ReadFile(target)
			if info, statErr := os.Stat(target); statErr == nil && info.IsDir() {
				continue
			}
			if err != nil {
				t.Errorf("%s links to %s, which isn't there", document, match[1])
			} else if anchor != "" && !slices.Contains(anchors(string(content)), anchor) {
				t.Errorf("%s links to %s, which has no such heading", document, match[1])
			}
		}
	}
}

// anchors returns the anchors of a document's headings.
func anchors(text string) []string {
	dropped := regexp.MustCompile("[^a-z0-9 _-]")
	var names []string
	for line := range strings.Lines(text) {
		if heading := strings.TrimLeft(line, "#"); heading != line && strings.HasPrefix(heading, " ") {
			name := dropped.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
			names = append(names, strings.ReplaceAll(name, " ", "-"))
		}
	}
	return names
}

// The page for a rejected first query names the step.
func TestTheMappersStepIsWhereThePageSaysItIs(t *testing.T) {
	const step = "Give the client Wallaroo’s mappers"
	for _, file := range []string{"docs/identity-provider.md", "web/templates/mappers_page.templ"} {
		if !strings.Contains(read(t, file), step) {
			t.Errorf("%s doesn't name the step %q", file, step)
		}
	}
}

// TestTheImageIsBuiltWithTheToolchainOfTheModule compares the Dockerfile's base image with go.mod.
func TestTheImageIsBuiltWithTheToolchainOfTheModule(t *testing.T) {
	version := regexp.MustCompile(`(?m)^toolchain go(\S+)$`).FindStringSubmatch(read(t, "go.mod"))
	if version == nil || !strings.Contains(read(t, "Dockerfile"), "FROM golang:"+version[1]+"-") {
		t.Errorf("go.mod says toolchain %v, and the Dockerfile builds with another", version)
	}
}
