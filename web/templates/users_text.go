package templates

import "strings"

// usersHave is the rest of the sentence that begins with the number of accounts and ends with the instance.
func usersHave(total int) string {
	return plural(total, " account on", " accounts on")
}

// filtersText names the button that opens the filters where there is no room for them.
func filtersText(set int) string {
	if set == 0 {
		return "Filters"
	}
	return "Filters, " + Number(set) + " set"
}

// noMatch begins the sentence that says what the list hasn't got.
func noMatch(t UsersTab) string {
	switch t {
	case TabActive:
		return "No active user"
	case TabInactive:
		return "No deactivated user"
	case TabAttention:
		return "No user who needs attention"
	default:
		return "No user"
	}
}

func tabID(t UsersTab) string {
	if t == TabAll {
		return "all"
	}
	return string(t)
}

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

// alsoText names the problems behind the "+2".
func alsoText(rest []Problem) string {
	words := make([]string, len(rest))
	for i, p := range rest {
		words[i] = strings.ToLower(p.Text())
	}
	return "Also: " + strings.Join(words, ", ")
}
