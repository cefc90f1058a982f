package templates

// SessionsView is the list of the sessions of the signed-in administrator.
type SessionsView struct {
	Sessions []SessionRow
	// Idle and Max are in words how long a session lasts without a request, and at most: "30 minutes".
	Idle, Max string
}

// SessionRow is one session.
type SessionRow struct {
	// Ref identifies the session to POST /sessions/end.
	Ref string
	// Current is true for the session of this request.
	Current bool
	// Started, Used and Ends are in the style DayTime.
	Started, Used, Ends Time
}

// Others returns how many sessions there are besides the current one.
func (v SessionsView) Others() int {
	n := 0
	for _, s := range v.Sessions {
		if !s.Current {
			n++
		}
	}
	return n
}
