package templates

import "slices"

// ComparedText is a text with what differs from another marked, and the names of the characters of it that are easily
// taken for others or can't be seen: "Cyrillic а (U+0430)".
type ComparedText struct {
	Segments   []Segment
	Characters []string
}

// checkResult is the result of one check of the diagnosis.
type checkResult struct {
	// Tone is ToneOK for a check that passed, ToneBad for one that failed, ToneWarn if the account may work nevertheless,
	// ToneInfo if it could not be made.
	Tone Tone
	Text string
	Hint string
	// About is the problem whose details are shown with the check, or "".
	About Issue
}

// checks returns the four checks of the vendor's troubleshooting page, and a fifth when an address is shared. What failed
// comes first.
func checks(v UserView) []checkResult {
	if v.Email == "" {
		return []checkResult{{Tone: ToneBad, Text: "There is no email address", Hint: "Without one, the other checks cannot be made, and the account cannot be changed here either."}}
	}
	list := []checkResult{
		{Tone: ToneOK, Text: "Has an email address"},
		checkOne(v, IssueMalformed, "The email address is not valid", "The email address is valid"),
		checkUsername(v),
		checkVerified(v),
	}
	if slices.Contains(v.Issues, IssueShared) {
		list = append(list, checkResult{Tone: ToneBad, Text: "The email address is used twice", About: IssueShared})
	}
	order := []Tone{ToneBad, ToneWarn, ToneInfo, ToneOK}
	slices.SortStableFunc(list, func(a, b checkResult) int { return slices.Index(order, a.Tone) - slices.Index(order, b.Tone) })
	return list
}

func checkOne(v UserView, p Issue, failed, passed string) checkResult {
	if slices.Contains(v.Issues, p) {
		return checkResult{Tone: ToneBad, Text: failed, About: p}
	}
	return checkResult{Tone: ToneOK, Text: passed}
}

func checkUsername(v UserView) checkResult {
	if v.Username == "" {
		return checkResult{Tone: ToneInfo, Text: "Not known whether the username is the same as the email"}
	}
	return checkOne(v, IssueDiffers, "Username differs from the email", "The username is the same as the email")
}

func checkVerified(v UserView) checkResult {
	if v.EmailVerified {
		return checkResult{Tone: ToneOK, Text: "The email address is verified"}
	}
	if !slices.Contains(v.Issues, IssueUnverified) {
		return checkResult{Tone: ToneInfo, Text: "Not known whether the email address is verified"}
	}
	return checkResult{Tone: ToneWarn, Text: "Email is not verified", Hint: "Keycloak has this address marked as not verified."}
}

// failed returns how many checks did not pass.
func failed(list []checkResult) int {
	n := 0
	for _, k := range list {
		if k.Tone == ToneBad || k.Tone == ToneWarn {
			n++
		}
	}
	return n
}
