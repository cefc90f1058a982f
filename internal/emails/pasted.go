package emails

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Pasted is what a typed or pasted text says.
type Pasted struct {
	// Address is the one address that is meant, which is [Valid]; "" if there is none, or
	// more than one.
	Address string
	// LeftOut are the texts that were removed to get Address: a display name, "mailto:",
	// the query of a link, separators.
	LeftOut []string
	// Unseen are the names of the removed characters that can't be seen, or only as a
	// blank, such as "zero width space (U+200B)". Each is there once.
	Unseen []string
	// Several are the addresses in a text that has more than one, as by [Same].
	Several []string
}

var (
	// named is a display name (RFC 5322, section 3.4) or a label before an address in
	// brackets.
	named = regexp.MustCompile(`(?s)^([^<]*)<([^<>]*)>?(.*)$`)
	// mailto is a link (RFC 6068) with its query, also with the slashes that some write.
	mailto = regexp.MustCompile(`(?i)^(mailto:(?://)?)([^?]*)(\?.*)?$`)
)

// ParsePasted reads an address that was typed, or pasted with what stood around it. It
// removes what is surely not meant: the name before an address in angle brackets, the
// scheme and the query of a mailto link, separators, quotation marks and brackets
// around the address, and invisible characters. Any other text means no address. An
// address that is valid is not changed.
func ParsePasted(text string) Pasted {
	text = strings.Trim(text, " \t\r\n")
	if Valid(text) {
		return Pasted{Address: text}
	}
	if !utf8.ValidString(text) {
		return Pasted{}
	}
	text, unseen := dropUnseen(text)
	if all := addressesIn(text); len(all) > 1 {
		return Pasted{Several: all}
	}
	p := Pasted{Unseen: unseen}
	if parts := named.FindStringSubmatch(text); parts != nil {
		p.leaveOut(strings.Trim(parts[1], ` "'“”`))
		text = parts[2] + parts[3]
	}
	text = p.trim(text)
	if parts := mailto.FindStringSubmatch(text); parts != nil {
		p.leaveOut(parts[1])
		p.leaveOut(parts[3])
		text = parts[2]
		if plain, err := url.PathUnescape(text); err == nil {
			text = plain
		}
	}
	if !Valid(text) {
		return Pasted{}
	}
	p.Address = text
	return p
}

// dropUnseen returns a text without its invisible characters, and with a space for each
// blank but those that anybody types, and the names of these characters.
func dropUnseen(text string) (seen string, names []string) {
	seen = strings.Map(func(r rune) rune {
		if visible(r) || strings.ContainsRune(" \t\r\n", r) {
			return r
		}
		if name := characterName(r); !slices.Contains(names, name) {
			names = append(names, name)
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return -1
	}, text)
	return strings.TrimSpace(seen), names
}

// addressesIn returns the different addresses in a text.
func addressesIn(text string) []string {
	var all []string
	for word := range strings.FieldsFuncSeq(text, besideAddresses) {
		if parts := mailto.FindStringSubmatch(word); parts != nil {
			word = parts[2]
		}
		word = strings.TrimFunc(word, trimmed)
		if Valid(word) && !slices.ContainsFunc(all, func(one string) bool { return Same(one, word) }) {
			all = append(all, word)
		}
	}
	return all
}

// trimmed reports whether r around an address is not part of it.
func trimmed(r rune) bool { return besideAddresses(r) || strings.ContainsRune(".:'’*[]", r) }

// trim returns a text without the separators around it, which it adds to p.LeftOut.
func (p *Pasted) trim(text string) string {
	inner := strings.TrimFunc(text, trimmed)
	before, after, _ := strings.Cut(text, inner)
	p.leaveOut(before)
	p.leaveOut(after)
	return inner
}

// leaveOut adds a text to p.LeftOut, unless it is nothing but blanks.
func (p *Pasted) leaveOut(text string) {
	if text = strings.TrimSpace(text); text != "" && !slices.Contains(p.LeftOut, text) {
		p.LeftOut = append(p.LeftOut, text)
	}
}
