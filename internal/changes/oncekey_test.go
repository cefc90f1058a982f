package changes

import (
	"strings"
	"testing"

	"wallaroo-user-admin/internal/directory"
)

// FuzzOnceKey: a form's key can be used once by the administrator it was made for, and never blocks another
// administrator, whatever they send and whatever their names are.
func FuzzOnceKey(f *testing.F) {
	f.Add("KEY", "KEY", "u-1", "u-2")
	f.Add("KEY", "KEY", "u-1", "u-1")
	f.Add("b\nKEY", "KEY", "a", "a\nb")
	f.Add("", "", "u-1", "u-1")
	f.Add(strings.Repeat("k", 65), strings.Repeat("k", 65), "u-1", "u-1")
	f.Add("\x00", "\xff", "u-1", "u-2")
	f.Add(NewKey(), NewKey(), "\n", "\n\n")
	f.Fuzz(func(t *testing.T, key1, key2, caller1, caller2 string) {
		if caller1 == "" || caller2 == "" {
			return // nobody
		}
		keyOf := func(key, caller string) string {
			return Request{Caller: directory.Caller{Key: caller}, Key: key}.onceKey()
		}
		one, two := keyOf(key1, caller1), keyOf(key2, caller2)
		if one != "" && one == two && (caller1 != caller2 || key1 != key2) {
			t.Errorf("%q of %q uses up %q of %q", key1, caller1, key2, caller2)
		}
		if len(one) > len(caller1)+65 {
			t.Errorf("%q of %q is %q", key1, caller1, one)
		}
		if ours := NewKey(); keyOf(ours, caller1) == "" {
			t.Errorf("our own key %q is none", ours)
		}
	})
}
