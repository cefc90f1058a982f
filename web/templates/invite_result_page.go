package templates

// InviteResult is the answer to an invitation that was sent.
type InviteResult struct {
	ID, Email string
	// Password is the temporary password, shown once. It is empty when the administrator has set one: then Chosen is true.
	Password string
	Chosen   bool
	Seats    Seats
	// Warning says what is missing, or is nil.
	Warning *Note
}
