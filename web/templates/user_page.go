package templates

import "strings"

// UserView is everything about one account.
type UserView struct {
	ID string
	// Name is the display name, or the username where there is none. First is what to call the person in a sentence.
	Name, First, Initials string
	Email, Username       string
	FirstName, LastName   string
	// EmailVerified is true if it is known to be; Issues tell if it is known not to be.
	EmailVerified  bool
	Status         Status
	You, Protected bool
	// Locked is a sentence that says why the switch can't be used, or empty.
	Locked string
	// Return is the path of this page without Base, Self with it.
	Return string
	Self   string
	// Console is the address of the account in the identity console, empty to leave the link out.
	Console string
	// Exempt is true for the built-in account, to which the checks do not apply.
	Exempt bool
	// Issues are worst first. Shared are the other accounts with the same address.
	Issues []Issue
	Shared []Person
	// Compared are the username and the email, marked where they differ. Malformed is the email marked where characters
	// can't be seen.
	Compared  struct{ Username, Email ComparedText }
	Malformed ComparedText
	// Federations are the linked identities; FederationsKnown is false when the API doesn't say.
	Federations      []Federation
	FederationsKnown bool
	// RequiredActions are Keycloak's codes, such as UPDATE_PASSWORD; ActionsKnown is false when the API doesn't say.
	RequiredActions []string
	ActionsKnown    bool
	// RealmRoles are Keycloak's realm roles; RolesKnown is false when the API doesn't say.
	RealmRoles []string
	RolesKnown bool
	// Created and LastSignIn.At are in the style DayTime.
	Created    Time
	LastSignIn SignIn
	// Access is what the administrator may do to the account, in the API's order.
	Access []Access
	// Events are the latest of the account's activity; All is the address of all of it.
	Events []FeedEvent
	All    string
	// Raw is the API's answer as indented JSON. RawAt is when it was received, in the style DayTime.
	Raw   string
	RawAt Time
	// RawRest is the address of the whole answer if Raw is only its beginning; then RawShown and RawWhole say how much
	// that is, such as "16 kB" and "5.2 MB".
	RawRest, RawShown, RawWhole string
}

// Person is another account, to link to.
type Person struct{ ID, Name string }

// Federation is a linked identity.
type Federation struct {
	// Provider is the name of the identity provider: "Google". As is the name of the account there, may be empty.
	Provider, As string
}

// checkedText returns what screen readers announce after "Check again".
func checkedText(v UserView) string {
	worst := worstIssue(v.Issues)
	if worst == "" || v.Exempt {
		return "Checked. No problems found."
	}
	return "Checked. Found: " + strings.ToLower(worst.Text()) + "."
}
