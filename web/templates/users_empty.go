package templates

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
