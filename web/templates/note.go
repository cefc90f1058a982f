package templates

// Note is a message in a box.
type Note struct {
	Tone Tone
	// Title comes first and in bold, Text explains it. Either may be empty.
	Title, Text string
	// Next are the next steps.
	Next []Action
}
