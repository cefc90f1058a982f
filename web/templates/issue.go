package templates

import (
	"strings"

	"github.com/a-h/templ"
)

// Issue is what is wrong with an account, after the vendor's troubleshooting page. All but the last have the values
// of directory.Issue.
type Issue string

// The issues, worst first. IssueMustSetPassword is information and nothing wrong.
const (
	IssueNoEmail         Issue = "no-email"
	IssueMalformed       Issue = "invalid-email"
	IssueDiffers         Issue = "username-differs"
	IssueShared          Issue = "shared-email"
	IssueUnverified      Issue = "unverified-email"
	IssueMustSetPassword Issue = "password"
)

// Text returns the words for an issue in the list and in its filter.
func (i Issue) Text() string {
	switch i {
	case IssueNoEmail:
		return "No email"
	case IssueMalformed:
		return "Email not valid"
	case IssueDiffers:
		return "Username differs from email"
	case IssueShared:
		return "Email used twice"
	case IssueUnverified:
		return "Email not verified"
	case IssueMustSetPassword:
		return "Must set a password"
	default:
		return string(i)
	}
}

// tone returns ToneBad for an error, which keeps somebody out of Wallaroo, ToneWarn for a warning, which may not.
func (i Issue) tone() Tone {
	switch i {
	case IssueUnverified:
		return ToneWarn
	case IssueMustSetPassword:
		return ToneInfo
	default:
		return ToneBad
	}
}

// issues draws the worst issue of a list, and how many more there are.
func issues(b Base, list []Issue) templ.Component {
	if len(list) == 0 {
		return nothing("None")
	}
	return issueTag(b, list[0], list[1:])
}

// alsoText lists the problems that are only counted ("+2").
func alsoText(rest []Issue) string {
	words := make([]string, len(rest))
	for n, i := range rest {
		words[n] = strings.ToLower(i.Text())
	}
	return "Also: " + strings.Join(words, ", ")
}
