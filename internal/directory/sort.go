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

// sorted returns the places of the accounts in the order of a column, blank ones
// last in both directions.
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

// order returns everybody sorted by a column. It is made once a snapshot, so that
// a page costs one walk and no sorting.
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

// sortKey is what an account is sorted by: a number, then a text, then its place
// in the order of emails.
type sortKey struct {
	number int64
	text   string
	place  uint32
}

// blank sorts after every other number.
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
		return sortKey{number: int64(boolInt(!a.Enabled))}
	case ByIssue:
		if len(a.Issues) == 0 {
			return sortKey{number: blank}
		}
		// The worst first, then the most.
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

// timeKey is a time in the API's own unit; no time comes before all.
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
