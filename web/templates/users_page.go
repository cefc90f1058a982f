package templates

// UsersView is the users list.
type UsersView struct {
	// Loading is true while the first read takes long: the page is a frame that requests itself again at Self.
	Loading bool
	// Self is the address of this list, with its query.
	Self string
	// Total is how many accounts there are. Pager.Total is how many of them match the search and the filters.
	Total  int
	Pager  Pager
	Seats  Seats
	Tabs   UsersTabs
	Search UsersSearch
	Sort   UsersSort
	Rows   []UserRow
	// Methods is the address that returns the sign-in methods still missing in Rows, requested by htmx once those are
	// shown; empty when none is missing.
	Methods string
	// Return is the path and query, without Base, to which a change redirects.
	Return string
	// Read is when the list was read, in the style Ago. Refresh is the address that reads it again.
	Read    Time
	Refresh string
	// Exactly100 warns that the server may have cut the list.
	Exactly100 bool
	// CSV and JSON are the addresses of the exports of the filtered list.
	CSV, JSON string
	// Console is the address of an account in the identity console, with ":id" for its id; empty to leave the link out.
	Console string
	// Clear is the address of the list without search and filters. Wider is that of the same search in all tabs, empty
	// when it is in all tabs already.
	Clear, Wider string
}
