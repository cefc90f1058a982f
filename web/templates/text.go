package templates

import (
	"strconv"
	"strings"
	"unicode"

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

// plural chooses the word for n things.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

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

// toneIcon is the symbol of a tone; a tone is never shown by its colour alone.
func toneIcon(t Tone) string {
	switch t {
	case ToneOK:
		return "ok"
	case ToneWarn:
		return "alert"
	case ToneBad:
		return "bad"
	case ToneInfo:
		return "info"
	default:
		return "minus"
	}
}

// Text returns the words for a problem in the list and in its filter.
func (p Problem) Text() string {
	switch p {
	case ProblemNoEmail:
		return "No email"
	case ProblemMalformed:
		return "Email not valid"
	case ProblemDiffers:
		return "Username differs from email"
	case ProblemShared:
		return "Email used twice"
	case ProblemUnverified:
		return "Email not verified"
	case ProblemMustSetPassword:
		return "Must set a password"
	default:
		return string(p)
	}
}

// problemTone grades a problem: an error keeps somebody out, a warning may not.
func problemTone(p Problem) Tone {
	switch p {
	case ProblemUnverified:
		return ToneWarn
	case ProblemMustSetPassword:
		return ToneInfo
	default:
		return ToneBad
	}
}

// Text returns the words for an outcome in the log and in its filter.
func (o Outcome) Text() string {
	switch o {
	case OutcomeDone:
		return "Done"
	case OutcomeFailed:
		return "Failed"
	case OutcomeRefused:
		return "Refused"
	default:
		return "Outcome unknown"
	}
}

func outcomeTone(o Outcome) Tone {
	switch o {
	case OutcomeDone:
		return ""
	case OutcomeFailed:
		return ToneBad
	default:
		return ToneWarn
	}
}

func outcomeIcon(o Outcome) string {
	switch o {
	case OutcomeDone:
		return "check"
	case OutcomeFailed:
		return "bad"
	case OutcomeRefused:
		return "alert"
	default:
		return "help"
	}
}
