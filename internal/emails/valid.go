package emails

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Valid reports whether s is one bare address (RFC 5322, section 3.4.1; RFC 6531 for
// other letters than ASCII) of at most 254 bytes (RFC 5321, section 4.5.3.1.3): without
// a display name, blanks and invisible characters, which a copied address may contain,
// and without brackets, quotation marks and separators of any script, so a quoted local
// part is not. The domain is one that can exist (RFC 5321, section 4.1.2; IDNA), though
// underscores are let pass.
func Valid(s string) bool {
	unseen := func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }
	if len(s) > 254 || strings.ContainsRune(s, utf8.RuneError) || strings.ContainsFunc(s, unseen) || wordPattern.FindString(s) != s {
		return false
	}
	if visible, _ := dropInvisible(s); visible != s {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s && validDomain(s[strings.LastIndexByte(s, '@')+1:])
}

// plainDomain is a domain in ASCII, or an address in brackets.
var plainDomain = regexp.MustCompile(`^([0-9A-Za-z_.-]*[0-9A-Za-z]|\[.*\])$`)

func validDomain(domain string) bool {
	last, _ := utf8.DecodeLastRuneInString(domain)
	if !strings.ContainsFunc(domain, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return plainDomain.MatchString(domain)
	}
	_, ok := convert((*idna.Profile).ToASCII, domain)
	return ok && endsDomain(last)
}

// endsDomain reports whether a domain may end with r, which a full stop and other
// punctuation after it may not.
func endsDomain(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.So) || r == ']'
}

// separators are what stands between words and around them in a list of addresses, in
// any script: brackets, quotation marks, commas, colons. The full stop and the
// apostrophe may be within an address.
const separators = `<>()\[\]{},;:"|\\` + `，；：、،؛` + `“”„‟«»＂〝〞〟` +
	`〈〉《》「」『』【】〔〕〖〗（）［］｛｝＜＞｟｠｢｣`

// wordPattern matches what could be an address: a word without separators, but for a
// domain in brackets.
var wordPattern = regexp.MustCompile(`(?:@\[[^\[\]\s\p{Z}]*\]|[^\s\p{Z}` + separators + `])+`)

// dropInvisible returns s, valid UTF-8, without its invisible characters, and with a space for each
// blank that is not ASCII, and these characters. A joiner or variation selector stays
// between characters that aren't ASCII, where it may be meant.
func dropInvisible(s string) (visible string, dropped []rune) {
	var b strings.Builder
	before := rune(0)
	for i, r := range s {
		after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		switch {
		case unicode.IsSpace(r) && r >= utf8.RuneSelf:
			dropped = append(dropped, r)
			b.WriteByte(' ')
		case isInvisible(r) && (before < utf8.RuneSelf || !shapes(r, after)):
			dropped = append(dropped, r)
			continue
		default:
			b.WriteRune(r)
		}
		before = r
	}
	return b.String(), dropped
}

// isInvisible reports whether r is a control character or by default not displayed
// (Unicode, Default_Ignorable_Code_Point).
func isInvisible(r rune) bool {
	if unicode.IsSpace(r) || unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// shapes reports whether r may change how the characters around it are written; after
// is the next one.
func shapes(r, after rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.Is(unicode.Variation_Selector, r) || (r == nonJoiner || r == joiner) && after >= utf8.RuneSelf && after != utf8.RuneError
}
