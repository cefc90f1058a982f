package emails

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Valid reports whether s is one bare address (RFC 5322, section 3.4.1; RFC 6531 for
// other letters than ASCII) of at most 254 bytes (RFC 5321, section 4.5.3.1.3): without
// a display name or quotes, without blanks and invisible characters, which a copied
// address may contain, and without brackets, quotation marks and separators of any
// script, which stand around addresses.
func Valid(s string) bool {
	if len(s) > 254 || strings.ContainsRune(s, utf8.RuneError) || strings.ContainsFunc(s, besideAddresses) {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s && domainPattern.MatchString(s[strings.LastIndexByte(s, '@')+1:])
}

// domainPattern matches what can be a domain, or an IP address in brackets; no
// separator after an address, nor the query of a mailto link, is taken for part of it.
var domainPattern = regexp.MustCompile(`^(?:[\pL\pM\pN\p{So}._·-]*[\pL\pM\pN\p{So}]|\[[0-9A-Za-z:.]+\])$`)

// besideAddresses reports whether r stands between or around addresses, never in one.
func besideAddresses(r rune) bool {
	switch {
	case !visible(r):
		return true
	case r < utf8.RuneSelf:
		return strings.ContainsRune(`<>(){},;"|\`, r)
	default:
		// The right quotation mark is also an apostrophe, as in O’Brien.
		return r != '’' && unicode.In(r, unicode.Ps, unicode.Pe, unicode.Pi, unicode.Pf) || strings.ContainsRune("，；：、。､｡،؛…＂＜＞", r)
	}
}
