package templates

// Access is one flag of the API's access object.
type Access struct {
	// Flag is the API's name: "view", "manage", "mapRoles", "impersonate", "manageGroupMembership", or a new one.
	Flag    string
	Allowed bool
}

// accessName is what a flag of the access object is called.
func accessName(flag string) string {
	switch flag {
	case "view":
		return "View"
	case "manage":
		return "Manage"
	case "mapRoles":
		return "Map roles"
	case "impersonate":
		return "Impersonate"
	case "manageGroupMembership":
		return "Manage group membership"
	default:
		return flag
	}
}

// accessMeans says what a flag allows.
func accessMeans(flag string) string {
	switch flag {
	case "view":
		return "See this account"
	case "manage":
		return "Activate and deactivate it"
	case "mapRoles":
		return "Change its roles"
	case "impersonate":
		return "Sign in as this person"
	case "manageGroupMembership":
		return "Add it to groups"
	default:
		return ""
	}
}

func allowedIcon(allowed bool) string {
	if allowed {
		return "ok"
	}
	return "minus"
}
