package templates

import (
	"strconv"
	"strings"
	"unicode"
)

// Number writes n as English does: "1,284". The script writes it in the reader's locale.
func Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	var out strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(d)
	}
	return sign + out.String()
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

// problemText is what the list calls a problem.
func problemText(p Problem) string {
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

// outcomeText is what the log calls an outcome.
func outcomeText(o Outcome) string {
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
