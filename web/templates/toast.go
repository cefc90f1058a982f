package templates

// Toast says what was just done and may offer to undo it.
type Toast struct {
	Tone Tone
	// Text is a sentence without its full stop: "Deactivated Jonas Veldebrandt". About is the part of it that a user
	// gave, a name or an address; it is drawn after Text.
	Text, About string
	// Undo is a form that takes the change back, or nil.
	Undo *Action
}
