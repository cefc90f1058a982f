package templates

// UsersTab is the value of the parameter "status": which accounts a tab shows.
type UsersTab string

// The tabs above the list.
const (
	TabAll       UsersTab = ""
	TabActive    UsersTab = "active"
	TabInactive  UsersTab = "inactive"
	TabUnknown   UsersTab = "unknown"
	TabAttention UsersTab = "attention"
)

// UsersTabs are the tabs with their counts.
type UsersTabs struct {
	Current UsersTab
	// Unknown is shown only if it has accounts, or is the current one.
	All, Active, Inactive, Unknown, Attention TabLink
}

// TabLink is the address of a tab and how many accounts it has.
type TabLink struct {
	Href  string
	Count int
}

func tabID(t UsersTab) string {
	if t == TabAll {
		return "all"
	}
	return string(t)
}
