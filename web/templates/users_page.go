package templates

// UsersView is the users list.
type UsersView struct {
	// Loading is true while the first read takes long: the page is a frame that asks for itself again at Self.
	Loading bool
	// Self is the address of this very list, with its query.
	Self string
	// Total is how many accounts there are; Matches how many the search and the filters leave.
	Total, Matches int
	// From and To are the numbers of the first and the last row on show, from 1.
	From, To int
	// Page and Pages count from 1. Prev and Next are addresses, empty at either end.
	Page, Pages int
	Prev, Next  string
	// PerPage are the choices of rows on a page, the value is sent as "per".
	PerPage []Option
	Seats   Seats
	Tabs    UsersTabs
	Search  UsersSearch
	Sort    UsersSort
	Rows    []UserRow
	// Methods is the address that fills in the sign-in methods still missing, asked for by htmx once the rows are there;
	// empty when nothing is missing.
	Methods string
	// Return is the path and query, without Base, to which a change comes back.
	Return string
	// Read is when the list was read, in the style Ago. Refresh is the address that reads it anew.
	Read    Time
	Refresh string
	// Exactly100 warns that the server may have cut the list.
	Exactly100 bool
	// CSV and JSON are the addresses of the exports of what is filtered.
	CSV, JSON string
	// Console is the address of an account in the identity console, with ":id" where its id goes; empty to leave the
	// link out.
	Console string
	// Clear is the address of the list without search and filters. Wider searches all users instead of those of one
	// tab, empty when that is what was done.
	Clear, Wider string
}
