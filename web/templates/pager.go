package templates

// pagerView is the foot of a list in pages.
type pagerView struct {
	// Label names it for screen readers; Target is the element that htmx swaps; Form is the id of the search form, to
	// which the choice of rows belongs.
	Label, Target, Form          string
	From, To, Total, Page, Pages int
	Prev, Next                   string
	PerPage                      []Option
}
