package templates

// Option is a choice of a select.
type Option struct {
	Value, Text string
	Selected    bool
	// Count is how many it would show, where Counted says that it is known.
	Count   int
	Counted bool
}
