package templates

// noMatch returns the beginning of the sentence "No active user matches …".
func noMatch(t UsersTab) string {
	switch t {
	case TabActive:
		return "No active user"
	case TabInactive:
		return "No deactivated user"
	case TabUnknown:
		return "No user of unknown status"
	case TabAttention:
		return "No user who needs attention"
	default:
		return "No user"
	}
}
