package templates

// UsersSearch is the form above the list. It is sent to /users with GET.
type UsersSearch struct {
	// Query is what was typed; Error says what is wrong with it, a sentence.
	Query, Error string
	// Trouble ("health"), SignIn ("login") and Domain ("domain") are the choices of the selects, each with an Option of
	// empty Value for "any".
	Trouble, SignIn, Domain []Option
	// Order are the choices of an order, the value is sent as "sort": cards have no column heads.
	Order []Option
	// Fields keep what the form doesn't show: the status.
	Fields []Field
	// Filters is how many of the first three selects narrow the list. Their box is open then, where it can be closed.
	Filters int
}

// filtersText names the button that opens the filters where there is no room for them.
func filtersText(set int) string {
	if set == 0 {
		return "Filters"
	}
	return "Filters, " + Number(set) + " set"
}
