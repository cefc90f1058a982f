package templates

// Activate is the offer to activate a deactivated member instead of inviting.
type Activate struct {
	ID, Name string
	// Key makes the form good for one time, Return is where it comes back to, without Base.
	Key, Return string
	// Locked says why it can't be offered here, a sentence; empty when it can.
	Locked string
}
