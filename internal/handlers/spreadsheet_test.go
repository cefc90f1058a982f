//go:build libreoffice

package handlers_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

// TestSec58_LibreOfficeFindsNoFormulaInAnExport opens an export with LibreOffice as it is opened in locales with other
// separators, formulas evaluated. It needs soffice: scripts/test-csv.sh installs that and sets the build tag.
func TestSec58_LibreOfficeFindsNoFormulaInAnExport(t *testing.T) {
	harmful := []string{"=1+1", "a;=1+1;", "a\t=1+1", "a,=1+1", `a;"=1+1"`, "+1", "-1+1", "@SUM(1)", "=HYPERLINK(\"http://x\")", "＝1+1"}
	names := []string{"山田 太郎", "Ольга Żółć", "أحمد", "Jo \"Jojo\" O’Neil", "a; b", "Ann-Marie"}
	s := harness.Start(t, demo.Options{Users: 3})
	for i, name := range append(slices.Clone(harmful), names...) {
		s.Control(http.MethodPost, "users", map[string]any{"add": true, "email": fmt.Sprintf("sheet-%d@example.com", i), "firstName": name, "lastName": name})
	}
	export := s.SignedIn(demo.AdminEmail).Get(s.Site+"/users.csv", "Sec-Fetch-Site", "same-origin")
	if export.Status != http.StatusOK {
		t.Fatalf("%d", export.Status)
	}

	dir := t.TempDir()
	if control := openedBy(t, dir, "control", "a,b\n=1+1,x\n", ','); control.formulas == 0 {
		t.Fatal("LibreOffice takes =1+1 for text here: this test could not fail")
	}
	for _, separator := range []rune{',', ';', '\t'} {
		opened := openedBy(t, dir, "export", export.Body, separator)
		if opened.formulas != 0 {
			t.Errorf("with %q: %d formulas", separator, opened.formulas)
		}
		for _, name := range names {
			if separator == ',' && !slices.Contains(opened.cells, name) {
				t.Errorf("%q is in no cell of its own", name)
			}
		}
	}
}

type sheet struct {
	cells    []string
	formulas int
}

// openedBy returns the cells that LibreOffice makes of a CSV file.
func openedBy(t *testing.T, dir, name, text string, separator rune) sheet {
	t.Helper()
	file := filepath.Join(dir, name+".csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// Separator, quote, UTF-8, first line, no formats, German; quoted cells as text no, numbers yes, …, formulas yes.
	filter := fmt.Sprintf("--infilter=Text - txt - csv (StarCalc):%d,34,76,1,,1031,false,true,false,false,false,0,true", separator)
	command := exec.CommandContext(t.Context(), "soffice", "--headless", "-env:UserInstallation=file://"+dir+"/profile", filter, "--convert-to", "fods", "--outdir", dir, file)
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v: %s", err, said)
	}
	converted, err := os.ReadFile(filepath.Join(dir, name+".fods"))
	if err != nil {
		t.Fatal(err)
	}
	return readSheet(t, string(converted))
}

func readSheet(t *testing.T, text string) (found sheet) {
	t.Helper()
	const table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
	var cell *strings.Builder
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if token == nil {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Space != table || token.Name.Local != "table-cell" {
				continue
			}
			cell = &strings.Builder{}
			for _, a := range token.Attr {
				if a.Name.Local == "formula" {
					found.formulas++
				}
			}
		case xml.CharData:
			if cell != nil {
				cell.Write(token)
			}
		case xml.EndElement:
			if cell != nil && token.Name.Local == "table-cell" {
				found.cells = append(found.cells, strings.TrimSpace(cell.String()))
				cell = nil
			}
		}
	}
	if len(found.cells) < 2 {
		t.Fatalf("%d cells", len(found.cells))
	}
	return found
}
