package templates

// UsersSearch is the form above the list, sent to GET /users.
type UsersSearch struct {
	// Query is what was typed. Error is a sentence that says what is wrong with it, or empty.
	Query, Error string
	// Pasted are the ids or addresses that alone are searched for if Query is a long text.
	Pasted []string
	// Issue, SignIn and Domain are the choices of the selects "health", "login" and "domain", each with an Option of
	// empty Value for "any".
	Issue, SignIn, Domain []Option
	// Order are the choices of the select "sort", for narrow screens, where the list has no column heads.
	Order []Option
	// Fields are the hidden fields of the form: the status.
	Fields []Field
	// Filters is how many of Issue, SignIn and Domain narrow the list. If any do, their box is open on narrow screens.
	Filters int
}

// filtersText returns the label of the button that opens the filters on narrow screens.
func filtersText(set int) string {
	if set == 0 {
		return "Filters"
	}
	return "Filters, " + Number(set) + " set"
}
