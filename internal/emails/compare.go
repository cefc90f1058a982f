package emails

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/runenames"
)

// Part is a run of characters of a compared text.
type Part struct {
	Text string
	// Differs is true if the other text has other characters, or none, in this place.
	Differs bool
}

// Compared is one of two compared texts.
type Compared struct {
	// Parts are the text in order. Parts that differ and others alternate.
	Parts []Part
	// Names are the characters of the parts that differ which are easily taken for others
	// or not seen at all, such as "Cyrillic а (U+0430)" and "space (U+0020) at the end". Each
	// is there once.
	Names []string
}

// longest limits how many characters of a text are compared: time and memory grow
// with the product of both lengths. No valid address is longer.
const longest = 512

// Compare returns where two texts differ without regard to case, by characters
// (with their combining marks) as a reader sees them: é in one code point differs
// from é in two. If the texts have too little in common for single differences to
// say anything, only what can't be seen is marked, as by [Unseen].
func Compare(a, b string) (Compared, Compared) {
	x, y := characters(a), characters(b)
	if max(len(x), len(y)) > longest {
		return Unseen(a), Unseen(b)
	}
	inX, inY, common := align(x, y)
	if common*2 < max(len(x), len(y)) {
		return Unseen(a), Unseen(b)
	}
	return compared(x, func(i int) bool { return !inX[i] }), compared(y, func(i int) bool { return !inY[i] })
}

// align returns which characters of each text the other has in the same place, by
// the fewest insertions, deletions and replacements (Levenshtein), and how many
// these are.
func align(x, y []string) (inX, inY []bool, common int) {
	// left[i][j] is the fewest edits that make y[j:] of x[i:].
	left := make([][]int, len(x)+1)
	for i := range left {
		left[i] = make([]int, len(y)+1)
	}
	for i := len(x); i >= 0; i-- {
		for j := len(y); j >= 0; j-- {
			switch {
			case i == len(x) || j == len(y):
				left[i][j] = len(x) - i + len(y) - j
			case equal(x[i], y[j]):
				left[i][j] = left[i+1][j+1]
			default:
				left[i][j] = 1 + min(left[i+1][j+1], left[i+1][j], left[i][j+1])
			}
		}
	}
	inX, inY = make([]bool, len(x)), make([]bool, len(y))
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case equal(x[i], y[j]):
			inX[i], inY[j] = true, true
			i, j, common = i+1, j+1, common+1
		case left[i][j] == 1+left[i+1][j+1]:
			i, j = i+1, j+1
		case left[i][j] == 1+left[i+1][j]:
			i++
		default:
			j++
		}
	}
	return inX, inY, common
}

// Unseen returns a text with the characters marked that can't be seen: blanks,
// controls, those that show nothing, and a combining mark without a character before
// it.
func Unseen(text string) Compared {
	all := characters(text)
	return compared(all, func(i int) bool { r := firstRune(all[i]); return !visible(r) || unicode.Is(unicode.M, r) })
}

// Shown returns a part's text so that it can be seen: blanks as ␣, and characters
// that show nothing as their code points.
func (p Part) Shown() string {
	if !p.Differs {
		return p.Text
	}
	var b strings.Builder
	for _, r := range p.Text {
		switch alone := b.Len() == 0 && unicode.Is(unicode.M, r); {
		case unicode.IsSpace(r):
			b.WriteRune('␣')
		case alone, !visible(r):
			fmt.Fprintf(&b, "U+%04X", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func compared(all []string, differs func(int) bool) Compared {
	var c Compared
	for i, text := range all {
		d := differs(i)
		if last := len(c.Parts) - 1; last >= 0 && c.Parts[last].Differs == d {
			c.Parts[last].Text += text
		} else {
			c.Parts = append(c.Parts, Part{Text: text, Differs: d})
		}
		if !d {
			continue
		}
		for _, r := range text {
			if name := characterName(r) + place(r, i, len(all)); !obvious(r) && !slices.Contains(c.Names, name) {
				c.Names = append(c.Names, name)
			}
		}
	}
	return c
}

// characters splits a text into characters with their combining marks.
func characters(text string) []string {
	var all []string
	for _, r := range text {
		if len(all) > 0 && unicode.Is(unicode.M, r) {
			all[len(all)-1] += string(r)
		} else {
			all = append(all, string(r))
		}
	}
	return all
}

func equal(a, b string) bool {
	return strings.ToLower(a) == strings.ToLower(b) //nolint:staticcheck // EqualFold takes ſ for s, which Key doesn't
}

// obvious reports whether a character is what everybody takes it for: printable
// ASCII.
func obvious(r rune) bool { return r < unicode.MaxASCII && visible(r) }

func visible(r rune) bool {
	return r != ' ' && unicode.IsPrint(r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

func firstRune(text string) rune {
	for _, r := range text {
		return r
	}
	return unicode.ReplacementChar
}

// characterName returns a character's script and itself for a letter, "Cyrillic а",
// else its name in Unicode, each with its code point. Marks are named too: shown by
// themselves they can't be told from each other.
func characterName(r rune) string {
	name := strings.ToLower(runenames.Name(r))
	switch {
	case unicode.IsLetter(r):
		name = strings.TrimSpace(script(r) + " " + string(r))
	case unicode.IsControl(r), name == "":
		name = "control character"
	}
	return fmt.Sprintf("%s (U+%04X)", name, r)
}

// script returns the name of the script of a letter, such as "Cyrillic"; "" for
// Latin, and for letters of several scripts.
func script(r rune) string {
	for name, table := range unicode.Scripts {
		if name != "Latin" && name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return strings.ReplaceAll(name, "_", " ")
		}
	}
	return ""
}

// place returns where a blank is that stands at an end of its text, since it can't be
// seen there at all.
func place(r rune, i, of int) string {
	switch {
	case visible(r):
		return ""
	case i == 0:
		return " at the beginning"
	case i == of-1:
		return " at the end"
	default:
		return ""
	}
}
