package templates

// FeedEvent is one entry of an account's activity.
type FeedEvent struct {
	What string
	// About has details of what was done.
	About   []Span
	Who     string
	When    Time
	Outcome Outcome
	// Detail is the reason for an outcome other than [OutcomeDone]. May be empty.
	Detail string
}
