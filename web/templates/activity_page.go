package templates

// ActivityView is the log.
type ActivityView struct {
	// Total is how many entries match; From and To number those on show, from 1.
	Total, From, To int
	Page, Pages     int
	Prev, Next      string
	PerPage         []Option
	// KeptDays is how long entries are kept.
	KeptDays int
	Query    string
	// Fields keep what the form doesn't show: the account whose activity it is.
	Fields []Field
	// Actions ("action") and Outcomes ("outcome") are the choices of the selects.
	Actions, Outcomes []Option
	Filtered          bool
	// Clear is the address without search and filters.
	Clear string
	Days  []ActivityDay
}
