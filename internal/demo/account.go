package demo

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// updatePassword is Keycloak's required action for "must set a new password at the next sign-in".
const updatePassword = "UPDATE_PASSWORD"

// signIns is what the API says about an account's last sign-in.
type signIns int

const (
	signInUnknown signIns = iota // the list leaves lastLogin out
	signInNever                  // lastLogin is null
	signInAt                     // lastLogin is a time
)

// account is one user, for the API and the provider alike. Accounts are guarded by the directory's lock.
type account struct {
	id, username, email string
	first, last         string
	emailVerified       bool
	enabled             bool
	created             int64 // Unix milliseconds; 0 leaves it out of every answer
	actions             []string
	links               []link

	admin     bool // has the realm role that the API asks for
	manage    bool // access.manage, as every caller sees it
	hidden    bool // signs in, but the API doesn't know it
	lastKnown signIns
	lastLogin int64 // Unix milliseconds, with signInAt

	onlyManage bool     // the list's access has only manage, as in Keycloak 26
	extra      string   // further members of the JSON object, without braces
	lacks      []string // members that every answer leaves out

	password string

	entry []byte // the list's member for this account, kept until the account changes
}

// link is one federated identity.
type link struct {
	IdentityProvider string `json:"identityProvider"`
	UserID           string `json:"userId"`
	UserName         string `json:"userName"`
}

// representation is Keycloak's UserRepresentation as the users API answers it.
type representation struct {
	Access                     any      `json:"access"`
	CreatedTimestamp           int64    `json:"createdTimestamp,omitempty"`
	DisableableCredentialTypes []string `json:"disableableCredentialTypes"`
	Email                      string   `json:"email,omitempty"`
	EmailVerified              bool     `json:"emailVerified"`
	Enabled                    bool     `json:"enabled"`
	FederatedIdentities        *[]link  `json:"federatedIdentities,omitempty"`
	FirstName                  string   `json:"firstName,omitempty"`
	ID                         string   `json:"id"`
	LastLogin                  any      `json:"lastLogin,omitempty"`
	LastName                   string   `json:"lastName,omitempty"`
	NotBefore                  int      `json:"notBefore"`
	RealmRoles                 []string `json:"realmRoles,omitempty"`
	RequiredActions            []string `json:"requiredActions"`
	Username                   string   `json:"username"`
}

// manageOnly is the list's access object of Keycloak 26: manage only.
type manageOnly struct {
	Manage bool `json:"manage"`
}

// listAccess is the list's access object with all flags.
type listAccess struct {
	manageOnly
	ManageGroupMembership bool `json:"manageGroupMembership"`
	MapRoles              bool `json:"mapRoles"`
	Impersonate           bool `json:"impersonate"`
	View                  bool `json:"view"`
}

func (a *account) represent() representation {
	return representation{
		CreatedTimestamp:           a.created,
		DisableableCredentialTypes: []string{},
		Email:                      a.email,
		EmailVerified:              a.emailVerified,
		Enabled:                    a.enabled,
		FirstName:                  a.first,
		ID:                         a.id,
		LastName:                   a.last,
		RequiredActions:            append([]string{}, a.actions...),
		Username:                   a.username,
	}
}

// listEntry returns the account's member of the list answer, `"<id>":{…}`: with lastLogin and realmRoles, without
// federated identities. The result is kept and must not be changed.
func (a *account) listEntry() []byte {
	if a.entry != nil {
		return a.entry
	}
	r := a.represent()
	r.Access = listAccess{manageOnly{a.manage}, a.manage, a.manage, false, true}
	if a.onlyManage {
		r.Access = manageOnly{a.manage}
	}
	switch a.lastKnown {
	case signInAt:
		r.LastLogin = a.lastLogin
	case signInNever:
		r.LastLogin = json.RawMessage("null")
	case signInUnknown:
	}
	if a.admin {
		r.RealmRoles = []string{"admin"}
	}
	key, _ := json.Marshal(a.id) // a string always can be
	a.entry = append(append(key, ':'), a.encode(r)...)
	return a.entry
}

// byID returns the account as in the by-id answer: with federated identities and all access flags, without lastLogin
// and realmRoles.
func (a *account) byID() []byte {
	r := a.represent()
	r.Access = map[string]bool{
		"view": true, "manage": a.manage, "mapRoles": a.manage, "impersonate": a.manage,
		"manageGroupMembership": a.manage, "resetPassword": a.manage,
	}
	links := append([]link{}, a.links...)
	r.FederatedIdentities = &links
	return a.encode(r)
}

func (a *account) encode(r representation) []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings, numbers and booleans only: can't happen
	}
	if a.extra != "" {
		b = append(b[:len(b)-1], ","+a.extra+"}"...)
	}
	if len(a.lacks) > 0 {
		b = without(b, a.lacks)
	}
	return b
}

// without returns a JSON object without some of its members.
func without(object []byte, names []string) []byte {
	var all map[string]json.RawMessage
	err := json.Unmarshal(object, &all)
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool { return slices.Contains(names, name) })
	rest, marshalErr := json.Marshal(all)
	if err := errors.Join(err, marshalErr); err != nil {
		panic(err) // what encode has made: can't happen
	}
	return rest
}

// copy returns a copy of the account for use without the directory's lock.
func (a *account) copy() account {
	c := *a
	c.actions, c.links, c.lacks, c.entry = slices.Clone(a.actions), slices.Clone(a.links), slices.Clone(a.lacks), nil
	return c
}

func (a *account) mustSetPassword() bool { return slices.Contains(a.actions, updatePassword) }

func (a *account) name() string { return strings.TrimSpace(a.first + " " + a.last) }

// prohibited are the characters that Keycloak rejects in first and last names when a profile is saved.
const prohibited = "<>&\"\v$%!#?§;*~/\\|^=[]{}()"

// frozen reports whether Keycloak rejects every update of the account because its names fail validation. Only imported
// accounts can have such names.
func (a *account) frozen() bool {
	return strings.ContainsAny(a.first+a.last, prohibited)
}
