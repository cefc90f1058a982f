// Package directory holds the users of a Wallaroo instance as the dashboard
// shows them: read with each administrator's own token, searched, sorted, paged
// and diagnosed.
package directory

import (
	"slices"
	"strings"

	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/wallaroo"
)

// Account is one user with its diagnosis.
type Account struct {
	wallaroo.User
	// Issues are the account's issues, worst first.
	Issues []Issue
}

// Name returns the account's display name: its first and last name, else its
// username, email or id.
func (a *Account) Name() string {
	if full := strings.TrimSpace(a.FirstName + " " + a.LastName); full != "" {
		return full
	}
	for _, s := range []string{a.Username, a.Email} {
		if s != "" {
			return s
		}
	}
	return a.ID
}

// Domain returns the domain of the email, see [emails.Domain].
func (a *Account) Domain() string { return emails.Domain(a.Email) }

// IsAdmin reports whether the account has the realm role "admin". It is false
// for instances before 2024.2, whose answers have no roles.
func (a *Account) IsAdmin() bool {
	for _, r := range a.RealmRoles {
		if r == "admin" {
			return true
		}
	}
	return false
}

// Status returns Active or Deactivated, or StatusUnknown if the API's answer
// does not say.
func (a *Account) Status() Status { return statusOf(a.Enabled) }

func statusOf(enabled wallaroo.Bool) Status {
	switch enabled {
	case wallaroo.True:
		return Active
	case wallaroo.False:
		return Deactivated
	default:
		return StatusUnknown
	}
}

// Severity returns the severity of the account's worst issue.
func (a *Account) Severity() Severity {
	worst := SeverityOK
	for _, t := range a.Issues {
		worst = max(worst, t.Severity())
	}
	return worst
}

// Exempt reports whether the account is Keycloak's built-in administrator,
// which has no email and needs none.
func (a *Account) Exempt() bool { return exempt(a.User) }

// Flag is one of the API's access flags: what the caller may do to an account.
type Flag struct {
	Name    string
	Allowed bool
}

// Flags returns the access flags that the API's answer contains.
func (a *Account) Flags() []Flag {
	var all []Flag
	add := func(name string, allowed wallaroo.Bool) {
		if allowed != wallaroo.Unknown {
			all = append(all, Flag{Name: name, Allowed: allowed == wallaroo.True})
		}
	}
	add("view", a.Access.View)
	add("manage", a.Access.Manage)
	add("mapRoles", a.Access.MapRoles)
	add("manageGroupMembership", a.Access.ManageGroupMembership)
	add("impersonate", a.Access.Impersonate)
	return all
}

// Has reports whether t is among the account's issues.
func (a *Account) Has(t Issue) bool { return slices.Contains(a.Issues, t) }

func newAccount(u wallaroo.User) *Account {
	return &Account{User: u, Issues: diagnose(u)}
}

// withShared returns a copy with the issue SharedEmail set or cleared.
func (a *Account) withShared(shared bool) *Account {
	b := *a
	b.Issues = diagnose(a.User)
	if shared {
		b.Issues = append(b.Issues, SharedEmail)
		sortIssues(b.Issues)
	}
	return &b
}
