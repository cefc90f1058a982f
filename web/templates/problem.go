package templates

import (
	"strings"

	"github.com/a-h/templ"
)

// Problem is what is wrong with an account, after the vendor's troubleshooting page. All but the last have the values
// of directory.Trouble.
type Problem string

// The problems, worst first. ProblemMustSetPassword is information, not trouble.
const (
	ProblemNoEmail         Problem = "no-email"
	ProblemMalformed       Problem = "invalid-email"
	ProblemDiffers         Problem = "username-differs"
	ProblemShared          Problem = "shared-email"
	ProblemUnverified      Problem = "unverified-email"
	ProblemMustSetPassword Problem = "password"
)

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

// tone returns ToneBad for an error, which keeps somebody out of Wallaroo, ToneWarn for a warning, which may not.
func (p Problem) tone() Tone {
	switch p {
	case ProblemUnverified:
		return ToneWarn
	case ProblemMustSetPassword:
		return ToneInfo
	default:
		return ToneBad
	}
}

// problems draws the worst problem of a list, and how many more there are.
func problems(b Base, list []Problem) templ.Component {
	if len(list) == 0 {
		return nothing("None")
	}
	return problemTag(b, list[0], list[1:])
}

// alsoText lists the problems that are only counted ("+2").
func alsoText(rest []Problem) string {
	words := make([]string, len(rest))
	for i, p := range rest {
		words[i] = strings.ToLower(p.Text())
	}
	return "Also: " + strings.Join(words, ", ")
}
