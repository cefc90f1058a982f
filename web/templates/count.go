package templates

import (
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Number formats n in English: "1,284". The script rewrites it in the reader's locale.
func Number(n int) string {
	return message.NewPrinter(language.English).Sprint(n)
}

// Count formats n with the noun for that many: "1 account", "1,284 accounts".
func Count(n int, one, many string) string {
	return Number(n) + " " + plural(n, one, many)
}

// plural returns one for n = 1, else many.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
