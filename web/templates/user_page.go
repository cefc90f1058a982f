package templates

import (
	"slices"
	"strings"
)

// UserView is everything about one account.
type UserView struct {
	ID string
	// Name is the display name, or the username where there is none. First is what to call the person in a sentence;
	// empty falls back to Name.
	Name, First, Initials string
	Email, Username       string
	FirstName, LastName   string
	EmailVerified         bool
	Active                bool
	You, Protected        bool
	// Locked says why the switch can't be used, a sentence; empty when it can.
	Locked string
	// Return is the path of this page without Base.
	Return string
	// Self is the address of this page.
	Self string
	// Console is the account in the identity console, empty to leave the link out.
	Console string
	// Exempt is the built-in account, to which the checks do not apply.
	Exempt bool
	// Problems are worst first. Shared are the other accounts with the same address.
	Problems []Problem
	Shared   []Person
	// Federations are the linked identities; FederationsKnown is false when only the list's answer is at hand.
	Federations      []Federation
	FederationsKnown bool
	// RequiredActions are Keycloak's codes, such as UPDATE_PASSWORD; known ones are shown in words.
	RequiredActions []string
	// RealmRoles are the roles; RolesKnown is false when the server doesn't tell.
	RealmRoles []string
	RolesKnown bool
	// Created and LastSignIn.At are in the style DayTime.
	Created    Time
	LastSignIn SignIn
	// Access is what the reader may do to the account, in the API's order of names.
	Access []Access
	// Events are the latest of the account's activity; All is the address of the rest.
	Events []FeedEvent
	All    string
	// Raw is the API's answer, indented JSON. RawAt is when it was received, in the style DayTime.
	Raw   string
	RawAt Time
	// RawRest is the address of the whole answer if Raw is only its beginning; then RawShown and RawWhole say how much
	// that is, such as "16 kB" and "5.2 MB".
	RawRest, RawShown, RawWhole string
}

// Person is an account in a sentence.
type Person struct{ ID, Name string }

// Federation is a linked identity.
type Federation struct {
	// Provider is the name: "Google". As is the name there, may be empty.
	Provider, As string
}

// firstName is what to call the person in a sentence.
func firstName(v UserView) string {
	if v.First != "" {
		return v.First
	}
	return v.Name
}

// checkedText is said aloud when the account was checked again.
func checkedText(v UserView) string {
	worst := worstTrouble(v.Problems)
	if worst == "" || v.Exempt {
		return "Checked. No problems found."
	}
	return "Checked. Found: " + strings.ToLower(worst.Text()) + "."
}

// has reports whether list holds item.
func has[T comparable](list []T, item T) bool { return slices.Contains(list, item) }
