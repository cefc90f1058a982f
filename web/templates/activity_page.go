package templates

// ActivityView is the activity log.
type ActivityView struct {
	Pager Pager
	// KeptDays is how long entries are kept, in days.
	KeptDays int
	Query    string
	// Pasted is the id or address that alone is searched for if Query is a long text.
	Pasted []string
	// Fields are the hidden fields of the search form: "user", when only one account's activity is shown.
	Fields []Field
	// Actions and Outcomes are the choices of the selects "action" and "outcome".
	Actions, Outcomes []Option
	// Filtered is true when a search or a filter narrows the log.
	Filtered bool
	// Clear is the address without search and filters.
	Clear string
	Days  []ActivityDay
}
