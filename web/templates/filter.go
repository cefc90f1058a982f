package templates

// Option is a choice of a select.
type Option struct {
	Value, Text string
	Selected    bool
	// Verbatim is set for a text that browsers must not translate, such as a domain.
	Verbatim bool
	// Count is how many rows it would show; Counted is false when that is not known.
	Count   int
	Counted bool
}
