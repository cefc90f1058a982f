package directory

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"wallaroo-user-admin/internal/wallaroo"
)

// fold makes text comparable in a search: lower case, accents and other marks
// removed, compatibility forms (ﬁ, ０) written plainly.
func fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\uFFFD")) {
		foldRune(&b, r)
	}
	return b.String()
}

func foldRune(b *strings.Builder, r rune) {
	if unicode.Is(unicode.Mn, r) {
		return
	}
	r = unicode.ToLower(r)
	// Letters that decomposition leaves whole, though people type them plainly.
	switch r {
	case 'ß':
		b.WriteString("ss")
	case 'æ':
		b.WriteString("ae")
	case 'œ':
		b.WriteString("oe")
	case 'ø':
		b.WriteByte('o')
	case 'ł':
		b.WriteByte('l')
	case 'đ', 'ð':
		b.WriteByte('d')
	case 'ı':
		b.WriteByte('i')
	case 'þ':
		b.WriteString("th")
	default:
		b.WriteRune(r)
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldUser is the text that search looks in. Newlines keep a word from matching
// over two fields.
func foldUser(u wallaroo.User) string {
	fields := []string{u.Email, u.Username, strings.TrimSpace(u.FirstName + " " + u.LastName), u.ID}
	if strings.EqualFold(u.Username, u.Email) {
		fields[1] = ""
	}
	return fold(strings.Join(fields, "\n"))
}

// Segment is a stretch of text that did or didn't match a search.
type Segment struct {
	Text  string
	Match bool
}

// Mark splits text where any of the folded words stands in it, in any case and
// without regard to accents.
func Mark(text string, words []string) []Segment {
	if len(words) == 0 || text == "" {
		return []Segment{{Text: text}}
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	folded, origin := foldWithOrigin(text)
	marked := make([]bool, len(text)+1)
	for _, w := range words {
		markWord(marked, folded, origin, w)
	}
	return segments(text, marked)
}

// foldWithOrigin folds text rune by rune and remembers, for each byte of the
// result, the byte of text where its rune begins.
func foldWithOrigin(text string) (string, []int) {
	var b strings.Builder
	var origin []int
	for i, r := range text {
		before := b.Len()
		for _, d := range norm.NFKD.String(string(r)) {
			foldRune(&b, d)
		}
		for range b.Len() - before {
			origin = append(origin, i)
		}
	}
	return b.String(), append(origin, len(text))
}

func markWord(marked []bool, folded string, origin []int, word string) {
	if word == "" {
		return
	}
	for from := 0; ; {
		at := strings.Index(folded[from:], word)
		if at < 0 {
			return
		}
		at += from
		// A match inside what one letter folds to (the second s of ß) marks it.
		marked[origin[at]] = true
		for i := origin[at]; i < origin[at+len(word)]; i++ {
			marked[i] = true
		}
		from = at + len(word)
	}
}

func segments(text string, marked []bool) []Segment {
	var out []Segment
	start := 0
	for i := range text {
		if i > 0 && marked[i] != marked[start] {
			out = append(out, Segment{Text: text[start:i], Match: marked[start]})
			start = i
		}
	}
	return append(out, Segment{Text: text[start:], Match: marked[start]})
}
