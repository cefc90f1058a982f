package templates

// ErrorView is an error as a page, or as a message in one.
type ErrorView struct {
	// Status is the HTTP status, shown as "Error 502".
	Status int
	// Title is what failed, Message explains it, Done says what was and wasn't done: "Nothing was changed." The last two
	// may be empty.
	Title, Message, Done string
	// Next are the next steps.
	Next []Action
	// RequestID is that of the log entry with the cause.
	RequestID string
}
