package templates

import (
	"slices"
	"strings"
)

// has reports whether list holds item.
func has[T comparable](list []T, item T) bool { return slices.Contains(list, item) }

// firstName is what to call the person in a sentence.
func firstName(v UserView) string {
	if v.First != "" {
		return v.First
	}
	return v.Name
}

// worstTrouble is the first problem that is more than information, or "".
func worstTrouble(list []Problem) Problem {
	for _, p := range list {
		if p != ProblemMustSetPassword {
			return p
		}
	}
	return ""
}

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

// diagnosisIntro says what Wallaroo needs and how far the account is from it.
func diagnosisIntro(worst Problem, failed int) string {
	needs := "Wallaroo needs the username to be the same as a valid, verified email address. "
	switch worst {
	case ProblemUnverified:
		return needs + "Many accounts work without the last of these. Repair it when this one does not."
	case ProblemShared:
		return needs + "Activating and deactivating go by the address, so neither is possible here while two accounts have it."
	default:
		return needs + "This account fails " + inWords(failed) + plural(failed, " check.", " checks.")
	}
}

func inWords(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five"}
	if n < len(words) {
		return words[n]
	}
	return Number(n)
}

// checkedText is said aloud when the account was checked again.
func checkedText(v UserView) string {
	worst := worstTrouble(v.Problems)
	if worst == "" || v.Exempt {
		return "Checked. No problems found."
	}
	return "Checked. Found: " + strings.ToLower(worst.Text()) + "."
}

// actionWords turns Keycloak's required actions into words; one that isn't known stays as it is.
func actionWords(codes []string) []string {
	known := map[string]string{ //nolint:gosec // names of actions, no secrets
		"UPDATE_PASSWORD":                "Set a new password",
		"VERIFY_EMAIL":                   "Verify email",
		"UPDATE_EMAIL":                   "Update email",
		"UPDATE_PROFILE":                 "Update profile",
		"VERIFY_PROFILE":                 "Check profile",
		"CONFIGURE_TOTP":                 "Set up an authenticator app",
		"CONFIGURE_RECOVERY_AUTHN_CODES": "Set up recovery codes",
		"TERMS_AND_CONDITIONS":           "Accept the terms",
		"webauthn-register":              "Register a security key",
		"webauthn-register-passwordless": "Register a passkey",
		"update_user_locale":             "Choose a language",
		"delete_credential":              "Remove a credential",
	}
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = code
		if w, ok := known[code]; ok {
			words[i] = w
		}
	}
	return words
}

// accessName is what a flag of the access object is called.
func accessName(flag string) string {
	switch flag {
	case "view":
		return "View"
	case "manage":
		return "Manage"
	case "mapRoles":
		return "Map roles"
	case "impersonate":
		return "Impersonate"
	case "manageGroupMembership":
		return "Manage group membership"
	default:
		return flag
	}
}

// accessMeans says what a flag allows.
func accessMeans(flag string) string {
	switch flag {
	case "view":
		return "See this account"
	case "manage":
		return "Activate and deactivate it"
	case "mapRoles":
		return "Change its roles"
	case "impersonate":
		return "Sign in as this person"
	case "manageGroupMembership":
		return "Add it to groups"
	default:
		return ""
	}
}

func allowedIcon(allowed bool) string {
	if allowed {
		return "ok"
	}
	return "minus"
}

// detailOr is the detail of an outcome, or the outcome's name.
func detailOr(detail string, o Outcome) string {
	if detail != "" {
		return detail
	}
	return o.Text()
}
