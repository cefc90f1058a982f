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

// UsersTab is which accounts a tab shows.
type UsersTab string

// The tabs above the list.
const (
	TabAll       UsersTab = ""
	TabActive    UsersTab = "active"
	TabInactive  UsersTab = "inactive"
	TabAttention UsersTab = "attention"
)

// UsersTabs are the tabs with their counts.
type UsersTabs struct {
	Current                          UsersTab
	All, Active, Inactive, Attention TabLink
}

// TabLink is where a tab leads and how many accounts it has.
type TabLink struct {
	Href  string
	Count int
}

// UsersSearch is the form above the list. It is sent to /users with GET.
type UsersSearch struct {
	// Query is what was typed; Error says what is wrong with it, a sentence.
	Query, Error string
	// Trouble ("health"), SignIn ("login") and Domain ("domain") are the choices of the selects, each with an Option of
	// empty Value for "any".
	Trouble, SignIn, Domain []Option
	// Order are the choices of an order, the value is sent as "sort": cards have no column heads.
	Order []Option
	// Fields keep what the form doesn't show: the status.
	Fields []Field
	// Filters is how many of the first three selects narrow the list. Their box is open then, where it can be closed.
	Filters int
}

// Option is a choice of a select.
type Option struct {
	Value, Text string
	Selected    bool
	// Count is how many it would show, where Counted says that it is known.
	Count   int
	Counted bool
}

// UsersSort are the links of the column heads.
type UsersSort struct {
	User, Status, Problems, SignIn, Created SortLink
}

// SortLink is where the head of a column leads, and how the list is sorted by it now.
type SortLink struct {
	Href string
	Dir  SortDir
}

// SortDir is the order of a column.
type SortDir string

// The orders of a column; the zero value is not sorted by it.
const (
	SortNone SortDir = ""
	SortUp   SortDir = "ascending"
	SortDown SortDir = "descending"
)

// UserRow is one account in the list.
type UserRow struct {
	ID string
	// Name is the name, or the username where there is none, as text and with the matches marked.
	Name       string
	NameMarked []Segment
	// Email is empty for an account without one.
	Email       string
	EmailMarked []Segment
	// FoundBy is the username or the id, marked, where nothing else of the row tells why a search has found it.
	FoundBy []Segment
	Active  bool
	// You marks the reader's own account, Protected one that nobody changes here.
	You, Protected bool
	// Locked says why the switch can't be used, a sentence; empty when it can.
	Locked string
	// Problems are worst first.
	Problems []Problem
	// Method is how the person signs in: "Google". Empty while it isn't known yet.
	Method     string
	LastSignIn SignIn
	Created    Time
}

// SignIn is the last sign-in.
type SignIn struct {
	// Known is false when the server doesn't tell. When it is true, a zero At means never.
	Known bool
	At    Time
}

// Problem is what is wrong with an account, after the vendor's troubleshooting page. All but the last have the values
// of directory.Trouble.
type Problem string

// The problems, worst first. MustSetPassword is information, not trouble.
const (
	ProblemNoEmail         Problem = "no-email"
	ProblemMalformed       Problem = "invalid-email"
	ProblemDiffers         Problem = "username-differs"
	ProblemShared          Problem = "shared-email"
	ProblemUnverified      Problem = "unverified-email"
	ProblemMustSetPassword Problem = "password"
)

// UserMethod is what the follow-up request brings for one row.
type UserMethod struct{ ID, Method string }

// UserChanged is the answer to a change made from the list by htmx: the row, and what it changes around it.
type UserChanged struct {
	// Row is nil when the account no longer belongs to the list on show.
	Row *UserRow
	// ID is the account's, also without a row.
	ID     string
	Return string
	Total  int
	Seats  Seats
	Tabs   UsersTabs
	Toast  Toast
}
