package templates

import "slices"

// checkState is how a check of the diagnosis came out.
type checkState int

const (
	checkPassed checkState = iota
	checkFailed
	// checkWarned failed too, but the account may work.
	checkWarned
)

// checkResult is one line of the diagnosis.
type checkResult struct {
	State checkState
	Text  string
	Hint  string
	// About is the problem whose details the line shows, or "".
	About Problem
}

func (k checkResult) class() string {
	switch k.State {
	case checkPassed:
		return "ok"
	case checkFailed:
		return "bad"
	default:
		return "warn"
	}
}

func (k checkResult) icon() string {
	switch k.State {
	case checkPassed:
		return "ok"
	case checkFailed:
		return "bad"
	default:
		return "alert"
	}
}

// checks are the four of the vendor's troubleshooting page, what failed first, and a fifth when an address is shared.
func checks(v UserView) []checkResult {
	if v.Email == "" {
		return []checkResult{{State: checkFailed, Text: "There is no email address", Hint: "Without one, the other checks cannot be made, and the account cannot be changed here either."}}
	}
	list := []checkResult{
		{State: checkPassed, Text: "Has an email address"},
		checkOne(v, ProblemMalformed, "The email address is not valid", "The email address is valid"),
		checkOne(v, ProblemDiffers, "Username differs from the email", "The username is the same as the email"),
		checkVerified(v),
	}
	if has(v.Problems, ProblemShared) {
		list = append(list, checkResult{State: checkFailed, Text: "The email address is used twice", About: ProblemShared})
	}
	slices.SortStableFunc(list, func(a, b checkResult) int { return rank(a.State) - rank(b.State) })
	return list
}

// rank puts what failed first and what passed last.
func rank(s checkState) int {
	switch s {
	case checkFailed:
		return 0
	case checkWarned:
		return 1
	default:
		return 2
	}
}

func checkOne(v UserView, p Problem, failed, passed string) checkResult {
	if has(v.Problems, p) {
		return checkResult{State: checkFailed, Text: failed, About: p}
	}
	return checkResult{State: checkPassed, Text: passed}
}

func checkVerified(v UserView) checkResult {
	if v.EmailVerified {
		return checkResult{State: checkPassed, Text: "The email address is verified"}
	}
	return checkResult{State: checkWarned, Text: "Email is not verified", Hint: "Keycloak has this address marked as not verified."}
}

// failed counts the checks that did.
func failed(v UserView) int {
	n := 0
	for _, k := range checks(v) {
		if k.State != checkPassed {
			n++
		}
	}
	return n
}
