package templates

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wallaroo-user-admin/web/static"
)

// TestPreview writes all samples to the folder PREVIEW_DIR, to look at in a browser. Serve the folder: browsers do not load
// icons.svg from file addresses.
func TestPreview(t *testing.T) {
	dir := os.Getenv("PREVIEW_DIR")
	if dir == "" {
		t.Skip("PREVIEW_DIR is not set: there is nowhere to write the pages to")
	}
	for _, s := range samples("") {
		var out strings.Builder
		if err := s.page.Render(t.Context(), &out); err != nil {
			t.Fatalf("render %s: %v", s.name, err)
		}
		write(t, filepath.Join(dir, s.name+".html"), out.String())
	}
	for _, name := range []string{"app.css", "app.js", "htmx.min.js", "icons.svg"} {
		content, err := os.ReadFile(filepath.Join("..", "static", name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, filepath.FromSlash(static.URL(name))), string(content))
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
