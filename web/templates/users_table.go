package templates

// skeletonRows is how many rows the frame shows: a screen full, so that nothing jumps when the list comes.
const skeletonRows = 12

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
