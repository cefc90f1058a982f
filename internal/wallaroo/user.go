package wallaroo

import "time"

// User is one account as the users API describes it: Keycloak's
// UserRepresentation with additions of newer instances. Every field but ID may
// be missing from an answer; see each field for the meaning of its zero value.
type User struct {
	// ID is Keycloak's identifier, the key of the answer's "users" object.
	ID       string
	Username string
	// Email, FirstName and LastName are empty if the answer has none; the
	// built-in admin account has no email.
	Email     string
	FirstName string
	LastName  string
	// Enabled is True if the account can sign in (Wallaroo: active).
	Enabled Bool
	// EmailVerified is True if the address was verified.
	EmailVerified Bool
	// Created is the zero time if the answer has no createdTimestamp.
	Created time.Time
	// LastLogin is known since Wallaroo 2024.2, in the list answer only.
	LastLogin LastLogin
	// RequiredActions are Keycloak's required actions at the next sign-in, such
	// as "UPDATE_PASSWORD". Nil if the answer doesn't have them.
	RequiredActions []string
	// RealmRoles are known from Wallaroo 2024.2 on, in the list answer only and
	// only for administrators. Nil if the answer doesn't have them.
	RealmRoles []string
	// Access is what the calling administrator may do to this account.
	Access Access
	// FederatedIdentities are in the by-id answer only; FederatedKnown is true
	// if the answer had them.
	FederatedIdentities []FederatedIdentity
	FederatedKnown      bool
}

// LastLogin is an account's last sign-in. The zero value means unknown: the
// instance, or this kind of answer, doesn't have it.
type LastLogin struct {
	// Known is false if the answer has no lastLogin.
	Known bool
	// At is the zero time for an account that never signed in.
	At time.Time
}

// Never reports whether the account is known to have never signed in.
func (l LastLogin) Never() bool { return l.Known && l.At.IsZero() }

// Access is Keycloak's "access" object: the caller's permissions on the
// account. The list answer of some versions has Manage only.
type Access struct {
	View, Manage, MapRoles, Impersonate, ManageGroupMembership Bool
}

// FederatedIdentity links an account to an identity provider.
type FederatedIdentity struct {
	// Provider is the alias in Keycloak, for example "google".
	Provider string
	// UserID and UserName are the account's id and name at that provider.
	UserID   string
	UserName string
}

// Invitation is the answer to an invite.
type Invitation struct {
	// ID is the new account's id; empty if the answer has none.
	ID string
	// Password is the initial password in plain text. It is shown once and
	// never stored. Empty if the answer has none.
	Password string
}
