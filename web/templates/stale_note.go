package templates

// Stale says since when the API does not answer.
type Stale struct {
	// Since is when the list on show was read.
	Since Time
	// Ago is the same in words: "9 minutes ago".
	Ago string
	// Reason is what went wrong, a sentence: "Wallaroo does not answer."
	Reason string
	// Retry is the address that tries again, below the site.
	Retry string
}
