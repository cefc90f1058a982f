package templates

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
}

// Person is an account in a sentence.
type Person struct{ ID, Name string }

// Federation is a linked identity.
type Federation struct {
	// Provider is the name: "Google". As is the name there, may be empty.
	Provider, As string
}

// Access is one flag of the API's access object.
type Access struct {
	// Flag is the API's name: "view", "manage", "mapRoles", "impersonate", "manageGroupMembership", or a new one.
	Flag    string
	Allowed bool
}

// FeedEvent is one line of an account's activity.
type FeedEvent struct {
	What string
	// About says more about what was done.
	About   []Span
	Who     string
	When    Time
	Outcome Outcome
	// Detail says more about an outcome that isn't "done".
	Detail string
}

// DeactivateView asks before an account is deactivated.
type DeactivateView struct {
	ID, Name, Email string
	Seats           Seats
	// Return is the path without Base to which the change and Cancel come back.
	Return string
	// Key makes the form good for one time.
	Key string
	// Refused says why it can't be done, a sentence; then there is nothing to confirm.
	Refused string
	// Fault is what went wrong when it was tried, with what was and wasn't done.
	Fault *Note
}
