package templates

// ErrorView is a page, or a message in a page, that says what failed.
type ErrorView struct {
	// Status is the HTTP status, shown as "Error 502".
	Status int
	// Title is what failed. Message explains it. Done says what was and wasn't done: "Nothing was changed."
	Title, Message, Done string
	// Next are what to do now.
	Next []Action
	// RequestID finds the cause in the log.
	RequestID string
}
