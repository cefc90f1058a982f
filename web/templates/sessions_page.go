package templates

// SessionsView lists where the reader is signed in.
type SessionsView struct {
	Sessions []SessionRow
	// Idle and Max say in words how long a session lives without a request, and at the most.
	Idle, Max string
}

// SessionRow is one session of the reader's.
type SessionRow struct {
	// Ref names it to /sessions/end.
	Ref string
	// Current is the one that asks.
	Current bool
	// Started, Used and Ends are in the style DayTime.
	Started, Used, Ends Time
}

// Others counts the sessions beside the current one.
func (v SessionsView) Others() int {
	n := 0
	for _, s := range v.Sessions {
		if !s.Current {
			n++
		}
	}
	return n
}
