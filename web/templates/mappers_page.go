package templates

// MappersView is shown when the sign-in worked but the API refuses its token: most often the client in Keycloak lacks
// protocol mappers.
type MappersView struct {
	Status int
	// Client is the id of this dashboard's client in Keycloak.
	Client string
	// Guide is the address of docs/identity-provider.md, empty to name the file without a link.
	Guide     string
	Retry     string
	RequestID string
}
