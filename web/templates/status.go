package templates

// Status is whether an account is active. The values are those of directory.Status.
type Status string

// The statuses. StatusUnknown means that the API's answer does not say.
const (
	StatusActive   Status = "active"
	StatusInactive Status = "inactive"
	StatusUnknown  Status = "unknown"
)

// Text returns the word for a status.
func (s Status) Text() string {
	switch s {
	case StatusActive:
		return "Active"
	case StatusInactive:
		return "Deactivated"
	default:
		return "Unknown"
	}
}
