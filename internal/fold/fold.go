// Package fold normalizes text for search: strings that look alike or are typed
// alike fold to the same string.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// String returns s folded for comparison in a search:
//
//   - compatibility decomposition (NFKD, Unicode Standard Annex 15): ﬁ as fi, ０ as 0;
//   - full case folding (Unicode, section 3.13): ß as ss, ς as σ;
//   - without accents and other combining marks, and without invisible characters
//     (Default_Ignorable_Code_Point: soft hyphen, joiners, variation selectors);
//   - every quotation mark, apostrophe, hyphen, dash and white space as in ASCII;
//   - Latin letters that NFKD does not decompose, such as ø, as they are typed on
//     a keyboard without them.
//
// Each character is folded by itself, so folding commutes with concatenation.
// Invalid UTF-8 becomes U+FFFD. Folding is idempotent.
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

// WithOrigins returns [String] of s and, for each byte of it, the byte offset in
// s of the character that it was folded from, followed by len(s).
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

// folder accumulates folded text.
type folder struct {
	text       []byte
	decomposed []byte // of one character; reused, since a list of users has millions
}

// add appends r folded; r is the first character of s.
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

// appendPlain appends a decomposed character, which is in lower case.
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

// isIgnored reports whether a search ignores a character: accents and invisible
// characters.
func isIgnored(r rune) bool {
	if unicode.In(r, unicode.Mn, unicode.Other_Default_Ignorable_Code_Point) {
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// isApostrophe reports whether a character is an apostrophe, a single quotation
// mark, or a letter or prime that is used in names in its place.
func isApostrophe(r rune) bool {
	switch r {
	case '`', '‘', '’', '‚', '‛', '‹', '›', '′', '‵', 'ʹ', 'ʻ', 'ʼ', 'ʽ', 'ʾ', 'ʿ', 'ˈ', '՚', '׳', 'ꞌ':
		return true
	}
	return false
}

// plainLetter returns the ASCII transliteration of a letter, or "" if r has none.
// It is that of ICAO Doc 9303, part 3, section 6, but for ø, which is oe there.
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
