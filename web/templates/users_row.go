package templates

// UserRow is one account in the list.
type UserRow struct {
	ID string
	// Name is the display name, or the username where there is none. NameMarked is the same with the matches marked.
	Name       string
	NameMarked []Segment
	// Email is empty for an account without one.
	Email       string
	EmailMarked []Segment
	// FoundBy is the username or the id with the matches marked, when the search matched neither name nor email.
	FoundBy []Segment
	Status  Status
	// You is true for the administrator's own account, Protected for one that can't be changed here.
	You, Protected bool
	// Locked is a sentence that says why the switch can't be used, or empty.
	Locked string
	// Issues are worst first.
	Issues []Issue
	// Method is how the person signs in: "Google". Empty until it is known.
	Method     string
	LastSignIn SignIn
	Created    Time
}
