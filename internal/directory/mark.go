package directory

import (
	"strings"

	"wallaroo-user-admin/internal/fold"
)

// Segment is a part of a text that did or didn't match a search.
type Segment struct {
	Text  string
	Match bool
}

// Mark splits text at the occurrences of the folded words, compared without
// regard to case and accents.
func Mark(text string, words []string) []Segment {
	if len(words) == 0 || text == "" {
		return []Segment{{Text: text}}
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	folded, origin := fold.WithOrigins(text)
	marked := make([]bool, len(text)+1)
	for _, w := range words {
		markWord(marked, folded, origin, w)
	}
	return segments(text, marked)
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
		// A match inside the folding of one letter (the second s of ß) marks
		// the letter.
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
