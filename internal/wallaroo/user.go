package wallaroo

import "time"

// User is one account as the users API describes it: Keycloak's
// UserRepresentation with what newer instances add. Every field but ID may be
// missing from an answer; see each field for what its zero value means.
type User struct {
	// ID is Keycloak's identifier, the key of the answer's "users" object.
	ID       string
	Username string
	// Email, FirstName and LastName are empty when the answer has none; the
	// built-in admin account has no email.
	Email     string
	FirstName string
	LastName  string
	// Enabled says whether the account can sign in (Wallaroo: active).
	Enabled bool
	// EmailVerified says whether the address was confirmed.
	EmailVerified bool
	// Created is the zero time when the answer has no createdTimestamp.
	Created time.Time
	// LastLogin is known from Wallaroo 2024.2 on, and in the list answer only.
	LastLogin LastLogin
	// RequiredActions are what Keycloak asks at the next sign-in, for example
	// "UPDATE_PASSWORD". Nil when the answer doesn't tell.
	RequiredActions []string
	// RealmRoles are known from Wallaroo 2024.2 on, in the list answer only and
	// only for administrators. Nil when the answer doesn't tell.
	RealmRoles []string
	// Access is what the calling administrator may do to this account.
	Access Access
	// FederatedIdentities are told by the by-id answer only; FederatedKnown
	// says whether the answer told them.
	FederatedIdentities []FederatedIdentity
	FederatedKnown      bool
}

// LastLogin is when an account last signed in. The zero value is "unknown": the
// instance or the kind of answer doesn't tell.
type LastLogin struct {
	// Known is false when the answer has no lastLogin.
	Known bool
	// At is the zero time for an account that never signed in.
	At time.Time
}

// Never reports whether the account is known to have never signed in.
func (l LastLogin) Never() bool { return l.Known && l.At.IsZero() }

// Permission is one flag of Access. The zero value is PermissionUnknown: the
// answer doesn't mention it.
type Permission uint8

// The values of Permission.
const (
	PermissionUnknown Permission = iota
	PermissionDenied
	PermissionAllowed
)

// Access is Keycloak's "access" object: what the caller may do to the account.
// The list answer of some versions has Manage only.
type Access struct {
	View, Manage, MapRoles, Impersonate, ManageGroupMembership Permission
}

// FederatedIdentity links an account to an outside identity provider.
type FederatedIdentity struct {
	// Provider is the alias in Keycloak, for example "google".
	Provider string
	// UserID and UserName are the account's at that provider.
	UserID   string
	UserName string
}

// Invitation is the answer to an invite.
type Invitation struct {
	// ID is the new account's; empty if the answer has none.
	ID string
	// Password is the initial password in plain text. It is shown once and
	// never kept. Empty if the answer has none.
	Password string
}
