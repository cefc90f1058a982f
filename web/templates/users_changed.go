package templates

// UserChanged is the answer to a change made from the list by htmx: the row, and what it changes around it.
type UserChanged struct {
	// Row is nil when the account no longer belongs to the list on show.
	Row *UserRow
	// ID is the account's, also without a row.
	ID     string
	Return string
	Total  int
	Seats  Seats
	Tabs   UsersTabs
	Toast  Toast
}

// UserMethod is what the follow-up request brings for one row.
type UserMethod struct{ ID, Method string }
