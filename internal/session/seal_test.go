package session

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzSeal opens sealed values, but none that was changed or belongs to another row.
func FuzzSeal(f *testing.F) {
	f.Add("row", "access_token", "eyJ", 0, byte(1))
	f.Add("", "", "", 40, byte(0x80))
	f.Add("row", "name", "\xff", 3, byte(0))
	ring, err := newKeyring([]string{strings.Repeat("a", 32), strings.Repeat("b", 32)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, row, name, value string, at int, flip byte) {
		values := map[string]string{name: value}
		keyID, sealed, err := ring.seal(row, values)
		if err != nil {
			if utf8.ValidString(name) && utf8.ValidString(value) && len(name)+len(value) < MaxBytes/8 {
				t.Errorf("can't seal %q: %v", values, err)
			}
			return
		}
		if got, err := ring.open(row, keyID, sealed); err != nil || !maps.Equal(got, values) {
			t.Errorf("sealed %q, opened %q, %v", values, got, err)
		}
		for what, open := range map[string]func() (map[string]string, error){
			"another row": func() (map[string]string, error) { return ring.open(row+"x", keyID, sealed) },
			"another key": func() (map[string]string, error) { return ring.open(row, ring[1].id, sealed) },
			"no key":      func() (map[string]string, error) { return ring.open(row, value, sealed) },
			"a text":      func() (map[string]string, error) { return ring.open(row, keyID, []byte(value)) },
		} {
			if got, err := open(); err == nil {
				t.Errorf("%s opens as %q", what, got)
			}
		}
		if flip != 0 && at >= 0 {
			sealed[at%len(sealed)] ^= flip
			if got, err := ring.open(row, keyID, sealed); err == nil {
				t.Errorf("changed, it opens as %q", got)
			}
		}
	})
}

// FuzzID reads ids from cookies: only those that the store makes are accepted.
func FuzzID(f *testing.F) {
	f.Add(newID())
	f.Add("")
	f.Add(strings.Repeat("é", 22))
	f.Fuzz(func(t *testing.T, text string) {
		if isID(text) && (len(text) != len(newID()) || strings.ContainsAny(text, " ;,\"\\'%\x00\n")) {
			t.Errorf("%q is taken for an id", text)
		}
	})
}
