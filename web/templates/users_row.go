package templates

// UserRow is one account in the list.
type UserRow struct {
	ID string
	// Name is the name, or the username where there is none, as text and with the matches marked.
	Name       string
	NameMarked []Segment
	// Email is empty for an account without one.
	Email       string
	EmailMarked []Segment
	// FoundBy is the username or the id, marked, where nothing else of the row tells why a search has found it.
	FoundBy []Segment
	Active  bool
	// You marks the reader's own account, Protected one that nobody changes here.
	You, Protected bool
	// Locked says why the switch can't be used, a sentence; empty when it can.
	Locked string
	// Problems are worst first.
	Problems []Problem
	// Method is how the person signs in: "Google". Empty while it isn't known yet.
	Method     string
	LastSignIn SignIn
	Created    Time
}
