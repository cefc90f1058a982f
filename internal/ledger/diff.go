package ledger

import (
	"context"
	"slices"
	"strings"
	"time"
)

// most is how many changes of one kind are told one by one. More at once are a
// migration or a restored backup, and would bury everything else.
const most = 200

// diff compares two lists sorted by id.
func diff(before, after []Account) []Change {
	var all []Change
	add := func(k Kind, a Account, oldEmail string) {
		all = append(all, Change{Kind: k, Account: a, OldEmail: oldEmail, Count: 1})
	}
	for len(before) > 0 || len(after) > 0 {
		switch order(before, after) {
		case -1:
			add(Vanished, before[0], "")
			before = before[1:]
		case 1:
			add(Appeared, after[0], "")
			after = after[1:]
		default:
			was, is := before[0], after[0]
			if was.Email != is.Email {
				add(EmailChanged, is, was.Email)
			}
			if was.Enabled != is.Enabled {
				add(status(is), is, "")
			}
			before, after = before[1:], after[1:]
		}
	}
	return all
}

// order tells whose first account comes first; not both are empty.
func order(before, after []Account) int {
	switch {
	case len(after) == 0:
		return -1
	case len(before) == 0:
		return 1
	default:
		return strings.Compare(before[0].ID, after[0].ID)
	}
}

// status is the kind of change that made an account what it is.
func status(a Account) Kind {
	if a.Enabled {
		return Activated
	}
	return Deactivated
}

// foreign leaves out what we did ourselves, and fills in the times.
func (l *Ledger) foreign(ctx context.Context, changes []Change, since, until time.Time) ([]Change, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	judge, err := l.own(ctx, since, until)
	if err != nil {
		return nil, err
	}
	kept := changes[:0]
	for _, c := range changes {
		c.Since, c.Until = since, until
		ours, note := judge(c)
		if ours && c.Kind == Appeared && !c.Account.Enabled {
			// An account of our making is active. Somebody has changed that since.
			c.Kind = Deactivated
			ours, note = judge(c)
		}
		if ours {
			continue
		}
		c.Note = note
		kept = append(kept, c)
	}
	return kept, nil
}

// summedUp has one change for all of a kind that has too many.
func summedUp(changes []Change) []Change {
	count := make(map[Kind]int)
	for _, c := range changes {
		count[c.Kind]++
	}
	var all []Change
	for _, c := range changes {
		if n := count[c.Kind]; n > most {
			c = Change{Kind: c.Kind, Since: c.Since, Until: c.Until, Count: n}
			if slices.Contains(all, c) {
				continue
			}
		}
		all = append(all, c)
	}
	return all
}
