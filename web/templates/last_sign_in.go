package templates

import "github.com/a-h/templ"

// SignIn is an account's last sign-in.
type SignIn struct {
	// Known is false when the API doesn't say. When it is true, a zero At means never.
	Known bool
	At    Time
}

func lastSignIn(s SignIn) templ.Component {
	switch {
	case !s.Known:
		return muted("Unknown")
	case s.At.IsZero():
		return muted("Never")
	default:
		return stamp(s.At)
	}
}
