package templates

// ActivityDay is the entries of one day.
type ActivityDay struct {
	// Title is "Today" or "Friday, 20 November".
	Title  string
	Events []ActivityEvent
}

// ActivityEvent is one entry of the log.
type ActivityEvent struct {
	// When is in the style Clock.
	When Time
	// Who is the person who did it, What the action: "Deactivated".
	Who, What string
	// Whom is the account that it was done to, Href the address of its page. Either may be empty.
	Whom, Href string
	// About has details of the action: "200 users as CSV".
	About   []Span
	Outcome Outcome
	// Detail is the reason for an outcome other than [OutcomeDone]: "Wallaroo answered 500". May be empty.
	Detail string
	// Request is the request id.
	Request string
}

// Span is a piece of text, or a moment when At is set.
type Span struct {
	Text string
	At   Time
}
