package templates

// PasswordChoice is who sets the first password.
type PasswordChoice string

// The choices, the values of the field "pw": Wallaroo creates a password, or the administrator sets one.
const (
	PasswordAuto PasswordChoice = "auto"
	PasswordSet  PasswordChoice = "set"
)

// InviteView is the form to invite somebody. It posts "email", "pw", "password" and "key" to /invite.
type InviteView struct {
	Email  string
	Choice PasswordChoice
	// Key identifies the form, so that it works once.
	Key string
	// EmailFault and PasswordFault are shown below their fields.
	EmailFault    *FieldFault
	PasswordFault *FieldFault
	// Understood is set when Email was taken from a longer text, and nothing was sent.
	Understood *Understood
	// Fault says why the invitation failed, and what was and wasn't done.
	Fault *Note
	// Activate is set when a deactivated member has this address.
	Activate *Activate
	Seats    Seats
}

// FieldFault is what is wrong with a field.
type FieldFault struct {
	// Text is a sentence, or the rest of one that begins with About, the name of a person: "is already a member."
	About, Text string
	// Href is an address, Link its text: "Open the account". Both may be empty.
	Href, Link string
}

// Understood says what was left out of a pasted text to get an address.
type Understood struct {
	// LeftOut may be empty: "“Jo Doe”, “mailto:”".
	LeftOut string
}

// emailDescription returns the id of what describes the email field.
func (v InviteView) emailDescription() string {
	switch {
	case v.EmailFault != nil:
		return "email-fault"
	case v.Understood != nil:
		return "email-understood"
	default:
		return "email-hint"
	}
}
