package templates

// Stale says that a page shows an earlier answer of the API, which does not answer now.
type Stale struct {
	// Since is when the list shown was read.
	Since Time
	// Ago is the same in words: "9 minutes ago".
	Ago string
	// Reason is what went wrong, a sentence: "Wallaroo does not answer."
	Reason string
	// Retry is the address that tries again.
	Retry string
}
