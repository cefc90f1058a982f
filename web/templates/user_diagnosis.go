package templates

// worstIssue returns the first problem that is more than information, or "".
func worstIssue(list []Issue) Issue {
	for _, p := range list {
		if p != IssueMustSetPassword {
			return p
		}
	}
	return ""
}

// diagnosisIntro returns what Wallaroo needs, and how many of its checks the account fails.
func diagnosisIntro(worst Issue, failed int) string {
	needs := "Wallaroo needs the username to be the same as a valid, verified email address. "
	switch worst {
	case IssueUnverified:
		return needs + "Many accounts work without the last of these. Repair it when this one does not."
	case IssueShared:
		return needs + "Activating and deactivating go by the address, so neither is possible here while two accounts have it."
	default:
		return needs + "This account fails " + inWords(failed) + plural(failed, " check.", " checks.")
	}
}

// healthyText returns what is known of an account without problems.
func healthyText(v UserView) string {
	switch {
	case v.Username == "":
		return "Wallaroo does not say what the username is."
	case !v.EmailVerified:
		return "The username is a valid email address. Wallaroo does not say whether it is verified."
	default:
		return "The username is a valid, verified email address."
	}
}

// inWords spells out a small number.
func inWords(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five"}
	if n < len(words) {
		return words[n]
	}
	return Number(n)
}
