// Package directory holds the users of a Wallaroo instance as the dashboard
// shows them: read with each administrator's own token, searched, sorted, paged
// and diagnosed; changes of one account go through it.
package directory

import (
	"slices"
	"strings"

	"wallaroo-user-admin/internal/wallaroo"
)

// Account is one user with what the dashboard concludes about it.
type Account struct {
	wallaroo.User
	// Issues are what is wrong with the account, worst first.
	Issues []Issue
}

// Name is what to call the account: its names, else its username, else its
// email, else its id.
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

// Domain is the part of the email after the @, in lower case; "" without one.
func (a *Account) Domain() string {
	_, domain, _ := strings.Cut(a.Email, "@")
	return strings.ToLower(domain)
}

// IsAdmin reports whether the answer names the realm role "admin" for the
// account. Instances before 2024.2 don't tell, and then it is false.
func (a *Account) IsAdmin() bool {
	for _, r := range a.RealmRoles {
		if r == "admin" {
			return true
		}
	}
	return false
}

// Severity is that of the account's worst issue.
func (a *Account) Severity() Severity {
	worst := SeverityOK
	for _, t := range a.Issues {
		worst = max(worst, t.Severity())
	}
	return worst
}

// Exempt reports whether the account is Keycloak's own administrator, which has
// no email and needs none.
func (a *Account) Exempt() bool { return exempt(a.User) }

// Flag is one thing that the caller may or may not do to an account, by the
// name that the API gives it.
type Flag struct {
	Name    string
	Allowed bool
}

// Flags lists those of the API's access flags that its answer had.
func (a *Account) Flags() []Flag {
	var all []Flag
	add := func(name string, p wallaroo.Permission) {
		if p != wallaroo.PermissionUnknown {
			all = append(all, Flag{Name: name, Allowed: p == wallaroo.PermissionAllowed})
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

// withShared returns a copy that does or doesn't share its email with another.
func (a *Account) withShared(shared bool) *Account {
	b := *a
	b.Issues = diagnose(a.User)
	if shared {
		b.Issues = append(b.Issues, SharedEmail)
		sortIssues(b.Issues)
	}
	return &b
}

// emailKey is what makes two emails the same address to Keycloak, which
// compares without regard to case.
func emailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
