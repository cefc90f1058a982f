package templates

// Outcome is how a recorded change ended, with the values of audit.Outcome. Any other value reads as [OutcomeUnknown].
type Outcome string

// The outcomes.
const (
	OutcomeDone    Outcome = "done"
	OutcomeFailed  Outcome = "failed"
	OutcomeRefused Outcome = "refused"
	// OutcomeUnknown is an intent without an outcome: it may or may not have happened.
	OutcomeUnknown Outcome = "unknown"
)

// ActivityView is the log.
type ActivityView struct {
	// Total is how many entries match; From and To number those on show, from 1.
	Total, From, To int
	Page, Pages     int
	Prev, Next      string
	PerPage         []Option
	// KeptDays is how long entries are kept.
	KeptDays int
	Query    string
	// Fields keep what the form doesn't show: the account whose activity it is.
	Fields []Field
	// Actions ("action") and Outcomes ("outcome") are the choices of the selects.
	Actions, Outcomes []Option
	Filtered          bool
	// Clear is the address without search and filters.
	Clear string
	Days  []ActivityDay
}

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
