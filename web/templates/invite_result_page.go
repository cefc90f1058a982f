package templates

// InviteResult is the answer to an invitation that was sent.
type InviteResult struct {
	ID, Email string
	// Password is the temporary one, shown once. Chosen is true when the administrator set it, so it isn't repeated.
	Password string
	Chosen   bool
	Seats    Seats
	// Warning says what could not be recorded or read back, or nil.
	Warning *Note
}
