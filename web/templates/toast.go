package templates

// Toast reports a change and may offer to undo it.
type Toast struct {
	Tone Tone
	// Text is what was done, About to whom, drawn after it: "Deactivated", "Jonas Veldebrandt".
	Text, About string
	// Undo is a form that reverts the change, or nil.
	Undo *Action
}
