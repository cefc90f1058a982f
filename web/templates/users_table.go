package templates

// skeletonRows is how many empty rows are shown while the list loads: a screenful, so that nothing moves when it comes.
const skeletonRows = 12

// UsersSort are the links of the column heads.
type UsersSort struct {
	User, Status, Issues, SignIn, Created SortLink
}

// SortLink is the link in the head of a column, and how the list is sorted by it now.
type SortLink struct {
	Href string
	Dir  SortDir
}

// SortDir is the direction in which the list is sorted by a column, as a value of aria-sort.
type SortDir string

// The directions. The zero value means that the list is not sorted by the column.
const (
	SortNone SortDir = ""
	SortUp   SortDir = "ascending"
	SortDown SortDir = "descending"
)

func sortIcon(d SortDir) string {
	switch d {
	case SortUp:
		return "up"
	case SortDown:
		return "down"
	default:
		return "sort"
	}
}
