package wallaroo

import (
	"errors"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

var errNoUsers = errors.New(`the answer has no "users" object`)

// decodeUsers decodes {"users": {"<id>": user or null}} as a stream: neither
// the whole body nor a user's unknown fields are held in memory. Null users are
// left out; unknown fields and unexpected types are ignored.
func decodeUsers(r io.Reader, each func(User)) error {
	// Tolerate duplicate names (the last value wins) and invalid UTF-8 (becomes
	// U+FFFD): an error would hide every user because of one.
	d := jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	found := false
	err := members(d, func(name []byte) error {
		if unquoted(name) != "users" || d.PeekKind() != '{' {
			return d.SkipValue()
		}
		found = true
		return keyedUsers(d, each)
	})
	if err != nil {
		return err
	}
	if !found {
		return errNoUsers
	}
	return nil
}

func keyedUsers(d *jsontext.Decoder, each func(User)) error {
	return members(d, func(name []byte) error {
		id := unquoted(name)
		if d.PeekKind() != '{' {
			return d.SkipValue()
		}
		u, err := decodeUser(d)
		if err != nil {
			return err
		}
		u.ID = id
		each(u)
		return nil
	})
}

// unquoted returns a name that the decoder has validated as text.
func unquoted(name []byte) string {
	text, _ := jsontext.AppendUnquote(nil, name) // the error is invalid UTF-8, which becomes U+FFFD
	return string(text)
}

// members calls each with the quoted name of every member of the next object.
// each must not keep the name, and reads or skips the value. The name is raw
// because comparing bytes allocates nothing, and a list has millions of names.
func members(d *jsontext.Decoder, each func(quoted []byte) error) error {
	if d.PeekKind() != '{' {
		if err := d.SkipValue(); err != nil {
			return err
		}
		return errNoUsers
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return err
		}
		if err := each(name); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func decodeUser(d *jsontext.Decoder) (User, error) {
	var u User
	err := members(d, func(name []byte) error { return u.decodeMember(d, name) })
	return u, err
}

func (u *User) decodeMember(d *jsontext.Decoder, quoted []byte) (err error) {
	switch string(quoted) {
	case `"username"`:
		u.Username, err = text(d)
	case `"email"`:
		u.Email, err = text(d)
	case `"firstName"`:
		u.FirstName, err = text(d)
	case `"lastName"`:
		u.LastName, err = text(d)
	case `"enabled"`:
		u.Enabled, err = truth(d)
	case `"emailVerified"`:
		u.EmailVerified, err = truth(d)
	case `"createdTimestamp"`:
		u.Created, _, err = millis(d)
	case `"lastLogin"`:
		u.LastLogin.At, u.LastLogin.Known, err = millis(d)
	case `"requiredActions"`:
		u.RequiredActions, err = texts(d)
	case `"realmRoles"`:
		u.RealmRoles, err = texts(d)
	case `"access"`:
		u.Access, err = access(d)
	case `"federatedIdentities"`:
		u.FederatedKnown = d.PeekKind() == '['
		u.FederatedIdentities, err = identities(d)
	default:
		err = d.SkipValue()
	}
	return err
}

// text reads a string; any other type is "".
func text(d *jsontext.Decoder) (string, error) {
	if d.PeekKind() != '"' {
		return "", d.SkipValue()
	}
	t, err := d.ReadToken()
	if err != nil {
		return "", err
	}
	return t.String(), nil
}

// truth decodes a boolean; any other type is Unknown.
func truth(d *jsontext.Decoder) (Bool, error) {
	if k := d.PeekKind(); k != 't' && k != 'f' {
		return Unknown, d.SkipValue()
	}
	t, err := d.ReadToken()
	if err != nil {
		return Unknown, err
	}
	return BoolOf(t.Bool()), nil
}

// millis reads Unix milliseconds. known is true for a time and for null (the
// zero time), false for anything else.
func millis(d *jsontext.Decoder) (at time.Time, known bool, err error) {
	switch d.PeekKind() {
	case 'n':
		return time.Time{}, true, d.SkipValue()
	case '0':
		v, err := d.ReadValue()
		if err != nil {
			return time.Time{}, false, err
		}
		return fromMillis(string(v))
	default:
		return time.Time{}, false, d.SkipValue()
	}
}

func fromMillis(number string) (time.Time, bool, error) {
	f, err := strconv.ParseFloat(number, 64)
	// The usual formats can't represent a year after 9999.
	if err != nil || f <= 0 || f > 253402300799999 || math.IsNaN(f) {
		return time.Time{}, false, nil //nolint:nilerr // an out-of-range time is unknown
	}
	return time.UnixMilli(int64(f)).UTC(), true, nil
}

// elements calls each before every element of the next array, which each reads or
// skips. Any other value is skipped, and known is false.
func elements(d *jsontext.Decoder, each func() error) (known bool, err error) {
	if d.PeekKind() != '[' {
		return false, d.SkipValue()
	}
	if _, err := d.ReadToken(); err != nil {
		return false, err
	}
	for d.PeekKind() != ']' {
		if err := each(); err != nil {
			return false, err
		}
	}
	_, err = d.ReadToken()
	return true, err
}

// texts reads an array of strings; it is nil for any other type, and not for an
// empty array.
func texts(d *jsontext.Decoder) ([]string, error) {
	all := []string{}
	known, err := elements(d, func() error {
		s, err := text(d)
		if s != "" {
			all = append(all, s)
		}
		return err
	})
	if !known {
		return nil, err
	}
	return all, err
}

func access(d *jsontext.Decoder) (a Access, err error) {
	if d.PeekKind() != '{' {
		return a, d.SkipValue()
	}
	err = members(d, func(name []byte) (err error) {
		switch string(name) {
		case `"view"`:
			a.View, err = truth(d)
		case `"manage"`:
			a.Manage, err = truth(d)
		case `"mapRoles"`:
			a.MapRoles, err = truth(d)
		case `"impersonate"`:
			a.Impersonate, err = truth(d)
		case `"manageGroupMembership"`:
			a.ManageGroupMembership, err = truth(d)
		default:
			err = d.SkipValue()
		}
		return err
	})
	return a, err
}

func identities(d *jsontext.Decoder) ([]FederatedIdentity, error) {
	var all []FederatedIdentity
	_, err := elements(d, func() error {
		if d.PeekKind() != '{' {
			return d.SkipValue()
		}
		one, err := identity(d)
		all = append(all, one)
		return err
	})
	return all, err
}

func identity(d *jsontext.Decoder) (f FederatedIdentity, err error) {
	err = members(d, func(name []byte) (err error) {
		switch string(name) {
		case `"identityProvider"`:
			f.Provider, err = text(d)
		case `"userId"`:
			f.UserID, err = text(d)
		case `"userName"`:
			f.UserName, err = text(d)
		default:
			err = d.SkipValue()
		}
		return err
	})
	return f, err
}
