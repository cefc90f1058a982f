package directory

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"wallaroo-user-admin/internal/fold"
)

// sorted returns the positions of the accounts in the order of a column;
// accounts without a value come last in both directions.
func (s *Snapshot) sorted(c Column, desc bool) iter.Seq[int] {
	o := s.order(c)
	return func(yield func(int) bool) {
		for n := range o.places {
			at := n
			if desc && n < o.filled {
				at = o.filled - 1 - n
			}
			if !yield(int(o.places[at])) {
				return
			}
		}
	}
}

// order returns all accounts sorted by a column, computed once per snapshot.
func (s *Snapshot) order(c Column) *order {
	o := &s.orders[c]
	o.once.Do(func() {
		keys := make([]sortKey, len(s.accounts))
		for i, a := range s.accounts {
			keys[i] = sortKeyOf(a, c)
			keys[i].place = uint32(i)
			o.filled += boolInt(keys[i].number != blank)
		}
		if c != ByEmail {
			slices.SortFunc(keys, sortKey.compare)
		}
		o.places = make([]uint32, len(keys))
		for i := range keys {
			o.places[i] = keys[i].place
		}
	})
	return o
}

// sortKey orders accounts by a number, then a text, then the position in the
// order of emails.
type sortKey struct {
	number int64
	text   string
	place  uint32
}

// blank is the key of accounts without a value, after all others.
const blank = math.MaxInt64

func (k sortKey) compare(other sortKey) int {
	if k.number != other.number {
		return cmp.Compare(k.number, other.number)
	}
	return cmp.Or(strings.Compare(k.text, other.text), cmp.Compare(k.place, other.place))
}

func sortKeyOf(a *Account, c Column) sortKey {
	switch c {
	case ByName:
		return sortKey{text: fold.String(a.Name())}
	case ByStatus:
		if a.Status() == StatusUnknown {
			return sortKey{number: blank}
		}
		return sortKey{number: int64(boolInt(a.Status() == Deactivated))}
	case ByIssue:
		if len(a.Issues) == 0 {
			return sortKey{number: blank}
		}
		// Highest severity first, then the most issues.
		return sortKey{number: -int64(a.Severity())*100 - int64(len(a.Issues))}
	case ByLastLogin:
		if !a.LastLogin.Known {
			return sortKey{number: blank}
		}
		return sortKey{number: timeKey(a.LastLogin.At)}
	case ByCreated:
		if a.Created.IsZero() {
			return sortKey{number: blank}
		}
		return sortKey{number: timeKey(a.Created)}
	default:
		if a.Email == "" {
			return sortKey{number: blank}
		}
		return sortKey{}
	}
}

// timeKey returns a time in Unix milliseconds; the zero time sorts first.
func timeKey(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.UnixMilli()
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
