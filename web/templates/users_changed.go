package templates

// UserChanged is the answer to a change made from the list: the row, and what changes around it.
type UserChanged struct {
	// Row is nil when the account no longer belongs to the list shown.
	Row *UserRow
	// ID is that of the account, with or without a row.
	ID     string
	Return string
	Total  int
	Seats  Seats
	Tabs   UsersTabs
	Toast  Toast
}

// UserMethod is how an account signs in, for a row that was drawn without it.
type UserMethod struct{ ID, Method string }
