package templates

// SigningOutView goes on to the provider, whose address is of another origin.
type SigningOutView struct {
	// Href is the provider's end-session address; the answer carries it in a Refresh header as well.
	Href string
	// Host is its host, for the reader.
	Host string
}
