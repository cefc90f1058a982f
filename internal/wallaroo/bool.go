package wallaroo

import "encoding/json"

// Bool is a boolean member of an answer. Its zero value is Unknown: the answer
// does not have the member, or another type in its place. It is compared with
// True or False, whichever is meant, since neither is the opposite of the other.
type Bool uint8

// The values of Bool.
const (
	Unknown Bool = iota
	False
	True
)

// BoolOf returns a known value.
func BoolOf(b bool) Bool {
	if b {
		return True
	}
	return False
}

// String returns "true", "false" or "unknown".
func (b Bool) String() string {
	switch b {
	case True:
		return "true"
	case False:
		return "false"
	default:
		return "unknown"
	}
}

// MarshalJSON implements json.Marshaler; Unknown is null.
func (b Bool) MarshalJSON() ([]byte, error) {
	if b == Unknown {
		return []byte("null"), nil
	}
	return []byte(b.String()), nil
}

// UnmarshalJSON implements json.Unmarshaler; null is Unknown.
func (b *Bool) UnmarshalJSON(text []byte) error {
	var known *bool
	if err := json.Unmarshal(text, &known); err != nil {
		return err
	}
	*b = Unknown
	if known != nil {
		*b = BoolOf(*known)
	}
	return nil
}
