package templates

// PasswordChoice is who makes the first password.
type PasswordChoice string

// The choices, as they are sent in the field "pw".
const (
	PasswordAuto PasswordChoice = "auto"
	PasswordSet  PasswordChoice = "set"
)

// InviteView is the form. It posts "email", "pw", "password" and "key" to /invite.
type InviteView struct {
	Email  string
	Choice PasswordChoice
	// Key makes the form good for one time.
	Key string
	// EmailFault and PasswordFault stand below their fields.
	EmailFault    *FieldFault
	PasswordFault *FieldFault
	// Fault is about the whole: what failed, what was and wasn't done.
	Fault *Note
	// Activate is the deactivated member that has this address, or nil. Its form stands below the note.
	Activate *Activate
	Seats    Seats
}

// FieldFault is what is wrong with a field.
type FieldFault struct {
	// Text is a sentence. About, when set, is a person whom it names first: "Ingrid Sollevaag" "is already a member."
	About, Text string
	// Href and Link lead on: "Open the account".
	Href, Link string
}

// Activate is the offer to activate a deactivated member instead of inviting.
type Activate struct {
	ID, Name string
	// Key makes the form good for one time, Return is where it comes back to, without Base.
	Key, Return string
	// Locked says why it can't be offered here, a sentence; empty when it can.
	Locked string
}

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

// InviteRepeated is the answer to a form that was sent before.
type InviteRepeated struct {
	// Email is the address of the first time, may be empty. ID is the account when it is known.
	Email, ID string
	// Outcome is what became of the first.
	Outcome Outcome
}
