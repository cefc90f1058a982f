package templates

import (
	"strconv"
	"strings"
	"unicode"
)

// domID encodes an account's id for use in an element's id, so that it is safe in a CSS selector: ASCII letters, digits and
// dashes stay, any other rune becomes "_" and its code point in hexadecimal.
func domID(id string) string {
	if strings.IndexFunc(id, coded) < 0 {
		return id
	}
	var out strings.Builder
	for _, r := range id {
		if !coded(r) {
			out.WriteRune(r)
			continue
		}
		out.WriteByte('_')
		out.WriteString(strconv.FormatInt(int64(r), 16))
	}
	return out.String()
}

// coded reports whether domID encodes a rune.
func coded(r rune) bool {
	return r != '-' && (r >= unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
}
