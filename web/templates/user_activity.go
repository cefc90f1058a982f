package templates

// FeedEvent is one line of an account's activity.
type FeedEvent struct {
	What string
	// About says more about what was done.
	About   []Span
	Who     string
	When    Time
	Outcome Outcome
	// Detail says more about an outcome that isn't "done".
	Detail string
}
