package changes

import (
	"fmt"
	"slices"
	"strings"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/wallaroo"
)

// Reason is why a change is refused here, before the API is asked.
type Reason string

// The reasons.
const (
	// OwnAccount: nobody deactivates themselves.
	OwnAccount Reason = "own-account"
	// ProtectedAccount: the settings protect it.
	ProtectedAccount Reason = "protected"
	// MissingEmail: the API changes accounts by email, and it has none.
	MissingEmail Reason = "missing-email"
	// AmbiguousEmail: another account has the same email.
	AmbiguousEmail Reason = "ambiguous-email"
	// NotAllowed: the API says that the caller may not manage the account.
	NotAllowed Reason = "not-allowed"
)

// Text is the reason in words for the reader; "" for none.
func (r Reason) Text() string {
	switch r {
	case "":
		return ""
	case OwnAccount:
		return "This is your own account. Another administrator can deactivate it."
	case ProtectedAccount:
		return "The settings of this dashboard protect this account."
	case MissingEmail:
		return "Wallaroo changes accounts by email, and this one has none. Change it in Keycloak."
	case AmbiguousEmail:
		return "Another account has the same email, and Wallaroo could change the wrong one. Change it in Keycloak."
	case NotAllowed:
		return "Wallaroo says that you may not manage this account."
	default:
		return "This account can’t be changed here."
	}
}

// RefusedError is a change that is refused here. The API was not asked.
type RefusedError struct{ Reason Reason }

// Error implements error.
func (e *RefusedError) Error() string { return fmt.Sprintf("refused: %s", e.Reason) }

// Refuses returns the reason why the caller can't set the account's status here,
// or "".
func (c *Changes) Refuses(by directory.Caller, a *directory.Account, active bool) Reason {
	switch {
	case !active && by.Owns(a):
		return OwnAccount
	case !active && c.Protects(a):
		return ProtectedAccount
	case strings.TrimSpace(a.Email) == "":
		return MissingEmail
	case a.Has(directory.SharedEmail):
		return AmbiguousEmail
	case a.Access.Manage == wallaroo.False:
		return NotAllowed
	}
	return ""
}

// Protects reports whether the settings protect the account.
func (c *Changes) Protects(a *directory.Account) bool {
	return slices.ContainsFunc(c.protected, func(name string) bool {
		return emails.Same(name, a.Username) || emails.Same(name, a.Email)
	})
}
