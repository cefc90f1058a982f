package templates

// Pager says which part of a list is shown, and where the other pages are.
type Pager struct {
	// Total is how many rows there are; From and To are the numbers of the first and the last one shown, from 1.
	Total, From, To int
	// Page and Pages count from 1. Prev and Next are addresses, empty on the first and on the last page.
	Page, Pages int
	Prev, Next  string
	// PerPage are the choices of rows on a page; the value is sent as "per".
	PerPage []Option
}
