package directory

import (
	"slices"
	"strings"

	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/wallaroo"
)

// Severity is the severity of an issue or of an account's worst issue,
// ascending.
type Severity int

// The values of Severity.
const (
	SeverityOK Severity = iota
	// SeverityWarning: many such accounts work.
	SeverityWarning
	// SeverityError: the user can't open Wallaroo, or the account can't be
	// changed here. "Needs attention" counts these.
	SeverityError
)

// Issue is a problem of an account, as in Wallaroo's Troubleshooting page: a
// user registered without an appropriate email address gets `cannot proceed to
// insert array relations since insert to table "workspace" affects zero rows`,
// or "Page not found".
type Issue string

// The values of Issue, worst first.
const (
	// NoEmail: the account has no email address.
	NoEmail Issue = "no-email"
	// InvalidEmail: the email is not a valid address.
	InvalidEmail Issue = "invalid-email"
	// UsernameDiffers: the username is not the email, compared by
	// [emails.Same], or has blanks around it.
	UsernameDiffers Issue = "username-differs"
	// SharedEmail: another account has the same email, so a change by email
	// could affect either.
	SharedEmail Issue = "shared-email"
	// UnverifiedEmail: the address was not verified.
	UnverifiedEmail Issue = "unverified-email"
)

// Issues returns all issues, worst first.
func Issues() []Issue {
	return []Issue{NoEmail, InvalidEmail, UsernameDiffers, SharedEmail, UnverifiedEmail}
}

// Severity returns the issue's severity.
func (t Issue) Severity() Severity {
	if t == UnverifiedEmail {
		return SeverityWarning
	}
	return SeverityError
}

// builtInAdmin is the username of Keycloak's built-in administrator, which
// needs no email.
const builtInAdmin = "admin"

func exempt(u wallaroo.User) bool {
	return strings.EqualFold(u.Username, builtInAdmin) && strings.TrimSpace(u.Email) == ""
}

// diagnose returns the issues of one account; SharedEmail is found from all
// accounts.
func diagnose(u wallaroo.User) []Issue {
	if exempt(u) {
		return nil
	}
	if strings.TrimSpace(u.Email) == "" {
		return []Issue{NoEmail}
	}
	var found []Issue
	if !emails.Valid(u.Email) {
		found = append(found, InvalidEmail)
	}
	if u.Username != "" && usernameDiffers(u) {
		found = append(found, UsernameDiffers)
	}
	if u.EmailVerified == wallaroo.False {
		found = append(found, UnverifiedEmail)
	}
	return found
}

// usernameDiffers takes blanks for a difference, unlike [emails.Same]: nobody sees
// them, and what compares a username with an email doesn't trim it.
func usernameDiffers(u wallaroo.User) bool {
	return !emails.Same(u.Username, u.Email) || strings.TrimSpace(u.Username) != u.Username
}

func sortIssues(all []Issue) {
	order := Issues()
	slices.SortFunc(all, func(a, b Issue) int { return slices.Index(order, a) - slices.Index(order, b) })
}
