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
