package directory

import (
	"math/bits"
	"slices"
	"strings"

	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/fold"
	"wallaroo-user-admin/internal/wallaroo"
)

// index holds the accounts ordered by email, and what every list reads of them
// in contiguous memory: with 100,000 accounts, following a pointer to each
// would cost more than everything else that a page needs.
type index struct {
	accounts []*Account
	// text is the folded text of all accounts, each terminated by a separator.
	text string
	ends []int
	tabs []tab
}

// entry is an account with its folded text, see foldUser.
type entry struct {
	*Account
	text string
}

// foldUser returns the folded text that a search matches. Newlines prevent a
// match across two fields. An address with an internationalized domain is found
// in either of its spellings.
func foldUser(u wallaroo.User) string {
	fields := []string{u.Email, u.Username, strings.TrimSpace(u.FirstName + " " + u.LastName), u.ID}
	if emails.Same(u.Username, u.Email) {
		fields[1] = ""
	}
	for _, address := range []string{u.Email, fields[1]} {
		fields = append(fields, emails.Variants(address)...)
	}
	return fold.String(strings.Join(fields, "\n"))
}

// byEmail orders by folded email, then username, names and id (the order of the
// folded text); accounts without an email come last.
func byEmail(a, b entry) int {
	if x, y := a.Email == "", b.Email == ""; x != y {
		return boolInt(x) - boolInt(y)
	}
	return strings.Compare(a.text, b.text)
}

func newIndex(entries []entry) index {
	x := index{
		accounts: make([]*Account, len(entries)),
		ends:     make([]int, len(entries)),
		tabs:     make([]tab, len(entries)),
	}
	size := 0
	for _, e := range entries {
		size += len(e.text)
	}
	var text strings.Builder
	text.Grow(size)
	for i, e := range entries {
		text.WriteString(e.text)
		x.accounts[i], x.ends[i] = e.Account, text.Len()
	}
	x.text = text.String()
	return x
}

// entries returns the accounts with their folded texts.
func (x *index) entries() []entry {
	all := make([]entry, len(x.accounts))
	begin := 0
	for i, a := range x.accounts {
		all[i] = entry{Account: a, text: x.text[begin:x.ends[i]]}
		begin = x.ends[i]
	}
	return all
}

// tab is the part of an account that the list's tabs filter by: its status, and
// its severity.
type tab uint8

func tabOf(a *Account) tab { return tab(int(a.Enabled) | int(a.Severity())<<2) } //nolint:gosec // a Severity is 0 to 2

func (t tab) status() Status     { return statusOf(wallaroo.Bool(t & 3)) }
func (t tab) severity() Severity { return Severity(t >> 2) }

// set is a bitmap of accounts by their position in an index.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) drop(i int)     { s[i/64] &^= 1 << (i % 64) }

func (s set) keep(others set) {
	for i := range s {
		s[i] &= others[i]
	}
}

// empty reports whether the set has no members; nil means all accounts.
func (s set) empty() bool {
	return s != nil && !slices.ContainsFunc(s, func(word uint64) bool { return word != 0 })
}

// each calls do with the position of every member in ascending order; do may
// remove it.
func (s set) each(do func(i int)) {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			do(i*64 + bits.TrailingZeros64(word))
		}
	}
}

// find returns the accounts that match the query and the filters besides the
// tabs; nil means all.
func (x *index) find(params ListParams) set {
	var found set
	var tests []test
	if params.Query != nil {
		for _, words := range params.Query.words {
			these := newSet(len(x.accounts))
			for _, word := range words {
				x.findWord(word, these)
			}
			if found == nil {
				found = these
			} else {
				found.keep(these)
			}
		}
		tests = slices.Clone(params.Query.tests)
	}
	if t := params.Filter.test(params.Now); t != nil {
		tests = append(tests, t)
	}
	if len(tests) == 0 {
		return found
	}
	return x.findTests(tests, found)
}

// findWord adds the accounts whose text contains the word.
func (x *index) findWord(word string, found set) {
	i := 0
	for at := 0; at < len(x.text); {
		hit := strings.Index(x.text[at:], word)
		if hit < 0 {
			return
		}
		at += hit
		for x.ends[i] <= at {
			i++
		}
		if at+len(word) > x.ends[i] {
			at++ // the match spans two accounts
			continue
		}
		found.add(i)
		at = x.ends[i]
	}
}

// findTests removes from found the accounts that fail any of the tests.
func (x *index) findTests(tests []test, found set) set {
	if found == nil {
		found = newSet(len(x.accounts))
		for i := range x.accounts {
			found.add(i)
		}
	}
	found.each(func(i int) {
		for _, t := range tests {
			if !t(x.accounts[i]) {
				found.drop(i)
				return
			}
		}
	})
	return found
}
