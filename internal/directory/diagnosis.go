package directory

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"wallaroo-user-admin/internal/wallaroo"
)

// Severity is how well an account will work with Wallaroo, worst last.
type Severity int

// The values of Severity.
const (
	SeverityOK Severity = iota
	// SeverityWarning: many such accounts work.
	SeverityWarning
	// SeverityError: Wallaroo will not open for this user, or the account can't be
	// changed here. "Needs attention" counts these.
	SeverityError
)

// Issue is something that is wrong with an account, after the vendor's
// Troubleshooting page: a user registered without an appropriate email address
// meets `cannot proceed to insert array relations since insert to table
// "workspace" affects zero rows`, or "Page not found".
type Issue string

// The kinds of issue, worst first.
const (
	// NoEmail: the account has no email address.
	NoEmail Issue = "no-email"
	// InvalidEmail: the email is not an address.
	InvalidEmail Issue = "invalid-email"
	// UsernameDiffers: the username is not the email, in any case.
	UsernameDiffers Issue = "username-differs"
	// SharedEmail: another account has the same email, so that a change by email
	// could meet either.
	SharedEmail Issue = "shared-email"
	// UnverifiedEmail: the address was never confirmed.
	UnverifiedEmail Issue = "unverified-email"
)

// Issues lists every kind, worst first.
func Issues() []Issue {
	return []Issue{NoEmail, InvalidEmail, UsernameDiffers, SharedEmail, UnverifiedEmail}
}

// Severity returns how bad the issue is.
func (t Issue) Severity() Severity {
	if t == UnverifiedEmail {
		return SeverityWarning
	}
	return SeverityError
}

// builtInAdmin is Keycloak's own administrator. It has no email and needs none.
const builtInAdmin = "admin"

func exempt(u wallaroo.User) bool {
	return strings.EqualFold(u.Username, builtInAdmin) && strings.TrimSpace(u.Email) == ""
}

// diagnose finds what one account shows by itself; SharedEmail needs all.
func diagnose(u wallaroo.User) []Issue {
	if exempt(u) {
		return nil
	}
	if strings.TrimSpace(u.Email) == "" {
		return []Issue{NoEmail}
	}
	var found []Issue
	if !ValidEmail(u.Email) {
		found = append(found, InvalidEmail)
	}
	if u.Username != "" && !strings.EqualFold(u.Username, u.Email) {
		found = append(found, UsernameDiffers)
	}
	if !u.EmailVerified {
		found = append(found, UnverifiedEmail)
	}
	return found
}

func sortIssues(all []Issue) {
	order := Issues()
	slices.SortFunc(all, func(a, b Issue) int { return slices.Index(order, a) - slices.Index(order, b) })
}

// ValidEmail reports whether s is one bare address as RFC 5322 has it, of at
// most 254 bytes (RFC 5321 section 4.5.3.1.3), without a display name and
// without anything that can't be seen: an address that was copied may bring
// along a space of no width, or marks of direction.
func ValidEmail(s string) bool {
	unseen := func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }
	if s == "" || len(s) > 254 || strings.ContainsFunc(s, unseen) {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s
}
