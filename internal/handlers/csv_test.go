package handlers

import (
	"encoding/csv"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

func TestSec58_ACellIsNeverAFormula(t *testing.T) {
	for cell, want := range map[string]string{
		"=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0",
		"+1":                 "'+1",
		"-1":                 "'-1",
		"@SUM(A1)":           "'@SUM(A1)",
		"\tx":                "'\tx",
		"\rx":                "'\rx",
		"\x00=x":             "'\uFFFD=x",
		"＝x":                 "'＝x",
		"Jo":                 "Jo",
		"":                   "",
		"a=b":                "a=b",
		"a;=1+1;":            "a;'=1+1;",
		"a; +1":              "a; '+1",
		`a;"=1+1"`:           `a;"'=1+1"`,
		"a\t@x|-y\n=z":       "a\t'@x|'-y\n'=z",
		"a,＝1":               "a,'＝1",
		"Ann-Marie; O’Neil":  "Ann-Marie; O’Neil",
		"uid=dora,ou=People": "uid=dora,ou=People",
	} {
		if got := safeCell(cell); got != want {
			t.Errorf("%q became %q, want %q", cell, got, want)
		}
	}
}

// Another reader reads what was written, but for the quote before what could be a formula.
func FuzzWriteCSV(f *testing.F) {
	for _, s := range []string{"a;=1+1;", "a\t\"=1\"", "|-1", "Jo", "=1+1", "a,b", "a\"b", "line\nbreak", "\xff", "\x00", "日本語", "", "\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		a := &directory.Account{User: wallaroo.User{ID: "1", FirstName: name, LastName: "x"}}
		var b strings.Builder
		if err := writeCSV(&b, []*directory.Account{a, a}); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), byteOrderMark))).ReadAll()
		if err != nil || len(rows) != 3 || len(rows[1]) != len(exportedHead()) || rows[1][4] != "x" {
			t.Fatalf("%q: %q, %v", name, rows, err)
		}
		// encoding/csv reads a carriage return before a line feed as the line feed.
		want := strings.ReplaceAll(safeCell(name), "\r\n", "\n")
		if got := rows[1][3]; got != want {
			t.Errorf("%q was read back as %q", want, got)
		}
		// Opened with any usual separator, with and without regard to quotes.
		for _, line := range strings.FieldsFunc(b.String(), func(r rune) bool { return r == '\n' || r == '\r' }) {
			for _, separator := range []string{",", ";", "\t", "|"} {
				for _, cell := range strings.Split(line, separator) {
					if c := strings.Trim(cell, "\" \t\v\f\u0085\u00a0"+byteOrderMark); c != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(c)[0]) {
						t.Errorf("with %q the cell %q begins a formula", separator, cell)
					}
				}
			}
		}
	})
}
