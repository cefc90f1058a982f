package templates

// Note is a message in a box.
type Note struct {
	Tone Tone
	// Title is said first and in bold; Text explains. Either may be empty.
	Title, Text string
	// Next are links or forms that help.
	Next []Action
}
