// Package fold makes texts comparable where people search: what looks alike, or
// is typed alike, is written alike.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// String returns s as a search compares it:
//
//   - compatibility forms written plainly (NFKD, Unicode Standard Annex 15): ﬁ as fi, ０ as 0;
//   - full case folding (Unicode, section 3.13): ß as ss, ς as σ;
//   - without accents and other combining marks, and without what can't be seen
//     (Default_Ignorable_Code_Point: soft hyphen, joiners, variation selectors);
//   - every quotation mark, apostrophe, hyphen, dash and blank as ASCII's;
//   - Latin letters that NFKD leaves whole, such as ø, as they are typed on a
//     keyboard without them.
//
// Each character is folded by itself: the folded parts of a text make up the
// folded text. Invalid UTF-8 becomes U+FFFD. Folding twice changes nothing.
func String(s string) string {
	if isASCII(s) {
		return strings.ReplaceAll(strings.ToLower(s), "`", "'")
	}
	f := folder{text: make([]byte, 0, len(s))}
	for i, r := range s {
		f.add(s[i:], r)
	}
	return string(f.text)
}

// WithOrigins returns [String] of s and, for each byte of it, the offset in s of
// the character that it was folded from; one more is the length of s.
func WithOrigins(s string) (folded string, origins []int) {
	f := folder{text: make([]byte, 0, len(s))}
	origins = make([]int, 0, len(s)+1)
	for i, r := range s {
		f.add(s[i:], r)
		for len(origins) < len(f.text) {
			origins = append(origins, i)
		}
	}
	return string(f.text), append(origins, len(s))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// folder gathers a folded text.
type folder struct {
	text       []byte
	decomposed []byte // of one character; kept, since a list of users has millions
}

// add adds the folded r, which s begins with.
func (f *folder) add(s string, r rune) {
	switch {
	case r < utf8.RuneSelf, r == utf8.RuneError:
		f.text = appendPlain(f.text, unicode.ToLower(r))
		return
	case r == '´', r == '\u1ffd': // typed for an apostrophe, while NFKD makes it a blank and an accent
		f.text = append(f.text, '\'')
		return
	}
	f.decomposed = norm.NFKD.AppendString(f.decomposed[:0], s[:utf8.RuneLen(r)])
	for _, d := range string(f.decomposed) {
		// By way of upper case, which letters like σ and ς have in common.
		f.text = appendPlain(f.text, unicode.ToLower(unicode.ToUpper(d)))
	}
}

// appendPlain adds a decomposed character in lower case.
func appendPlain(text []byte, r rune) []byte {
	if r < utf8.RuneSelf && r != '`' {
		return utf8.AppendRune(text, r)
	}
	if letter := plainLetter(r); letter != "" {
		return append(text, letter...)
	}
	switch {
	case isIgnored(r):
		return text
	case isApostrophe(r):
		return append(text, '\'')
	case unicode.Is(unicode.Quotation_Mark, r), r == '״', r == 'ʺ':
		return append(text, '"')
	case unicode.Is(unicode.Pd, r), r == '−', r == '⁃', r == '˗':
		return append(text, '-')
	case unicode.Is(unicode.White_Space, r):
		return append(text, ' ')
	}
	return utf8.AppendRune(text, r)
}

// isIgnored reports whether a search looks over a character: accents, and what
// can't be seen.
func isIgnored(r rune) bool {
	if unicode.In(r, unicode.Mn, unicode.Other_Default_Ignorable_Code_Point) {
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// isApostrophe reports whether a character is an apostrophe, a single quotation
// mark, or a letter or prime that looks like one and stands in names for it.
func isApostrophe(r rune) bool {
	switch r {
	case '`', '‘', '’', '‚', '‛', '‹', '›', '′', '‵', 'ʹ', 'ʻ', 'ʼ', 'ʽ', 'ʾ', 'ʿ', 'ˈ', '՚', '׳', 'ꞌ':
		return true
	}
	return false
}

// plainLetter returns how a letter is typed on a keyboard without it, as machine
// readable passports write it too (ICAO Doc 9303, part 3, section 6) but for ø,
// which they write as oe; "" if r is no such letter.
func plainLetter(r rune) string {
	switch r {
	case 'æ':
		return "ae"
	case 'đ', 'ð':
		return "d"
	case 'ə':
		return "e"
	case 'ħ':
		return "h"
	case 'ł':
		return "l"
	case 'ŋ':
		return "n"
	case 'ø':
		return "o"
	case 'œ':
		return "oe"
	case 'ß':
		return "ss"
	case 'ŧ':
		return "t"
	case 'þ':
		return "th"
	}
	return ""
}
