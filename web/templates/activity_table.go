package templates

// ActivityDay is a group of entries.
type ActivityDay struct {
	// Title is "Today" or "Friday, 20 November".
	Title  string
	Events []ActivityEvent
}

// ActivityEvent is one entry.
type ActivityEvent struct {
	// When is in the style Clock.
	When Time
	// Who did it, What was done: "Deactivated".
	Who, What string
	// Whom it was done to, may be empty; Href leads there, may be empty.
	Whom, Href string
	// About says more about what was done: "200 users as CSV".
	About   []Span
	Outcome Outcome
	// Detail says more about the outcome: "Wallaroo answered 500".
	Detail string
	// Request is the request id.
	Request string
}

// outcomeWords are the outcome, or what is known of it.
func outcomeWords(e ActivityEvent) string {
	if e.Outcome == OutcomeDone {
		return e.Outcome.Text()
	}
	return detailOr(e.Detail, e.Outcome)
}

// Span is a piece of text, or a moment within it.
type Span struct {
	Text string
	At   Time
}
