package templates

// Access is one flag of the API's access object.
type Access struct {
	// Flag is the API's name: "view", "manage", "mapRoles", "impersonate", "manageGroupMembership", or a new one.
	Flag    string
	Allowed bool
}

// accessWords returns the name of a flag and what it allows, which is "" for an unknown one.
func accessWords(flag string) (name, allows string) {
	switch flag {
	case "view":
		return "View", "See this account"
	case "manage":
		return "Manage", "Activate and deactivate it"
	case "mapRoles":
		return "Map roles", "Change its roles"
	case "impersonate":
		return "Impersonate", "Sign in as this person"
	case "manageGroupMembership":
		return "Manage group membership", "Add it to groups"
	default:
		return flag, ""
	}
}

func allowedIcon(allowed bool) string {
	if allowed {
		return "ok"
	}
	return "minus"
}
