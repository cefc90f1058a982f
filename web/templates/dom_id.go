package templates

import (
	"strconv"
	"strings"
	"unicode"
)

// domID makes a part of an element's id of what the API calls an id: letters, digits and dashes stay, all else becomes
// its code. So an id from outside can stand in a selector.
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

// coded reports whether a rune of an id is written as its code.
func coded(r rune) bool {
	return r != '-' && (r >= unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
}
