package changes

import (
	"slices"
	"strings"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/wallaroo"
)

// mostOfAKind is the maximum number of changes with the same action that get an
// event each. More at once are a migration or a restored backup, and would bury
// all other events.
const mostOfAKind = 200

// difference is a change of one account between two lists.
type difference struct {
	action   audit.Action
	account  account // from the newer list, or from the older one if it vanished
	oldEmail string  // for OutsideEmail
}

// differences returns the changes between two lists sorted by id.
func differences(older, newer []account) []difference {
	var all []difference
	for len(older) > 0 || len(newer) > 0 {
		switch firstID(older, newer) {
		case -1:
			all = append(all, difference{action: audit.OutsideVanished, account: older[0]})
			older = older[1:]
		case 1:
			all = append(all, difference{action: audit.OutsideAppeared, account: newer[0]})
			newer = newer[1:]
		default:
			was, is := older[0], newer[0]
			if was.Email != is.Email {
				all = append(all, difference{audit.OutsideEmail, is, was.Email})
			}
			// A status that was or is unknown is no change: what it was before, or
			// when it changed, can't be told.
			if was.Enabled == wallaroo.True && is.Enabled == wallaroo.False {
				all = append(all, difference{action: audit.OutsideDeactivated, account: is})
			}
			if was.Enabled == wallaroo.False && is.Enabled == wallaroo.True {
				all = append(all, difference{action: audit.OutsideActivated, account: is})
			}
			older, newer = older[1:], newer[1:]
		}
	}
	return all
}

// firstID compares the ids of the two first accounts. An empty list comes last;
// at least one is not empty.
func firstID(older, newer []account) int {
	switch {
	case len(newer) == 0:
		return -1
	case len(older) == 0:
		return 1
	default:
		return strings.Compare(older[0].ID, newer[0].ID)
	}
}

// event returns the audit event of a difference.
func (d difference) event(since, until time.Time, note string) audit.Event {
	e := audit.Event{
		Action: d.action, Target: audit.Target{ID: d.account.ID, Email: d.account.Email, Name: d.account.Name},
		Observed: audit.Observation{Since: since, Until: until, Accounts: 1}, Detail: note,
	}
	if d.action == audit.OutsideEmail {
		e.Old, e.New = d.oldEmail, d.account.Email
	}
	return e
}

// summedUp replaces the events of an action that has more than mostOfAKind by one.
func summedUp(events []audit.Event) []audit.Event {
	count := make(map[audit.Action]int)
	for _, e := range events {
		count[e.Action]++
	}
	var all []audit.Event
	for _, e := range events {
		if n := count[e.Action]; n > mostOfAKind {
			e = audit.Event{Action: e.Action, Observed: e.Observed}
			e.Observed.Accounts = n
			if slices.Contains(all, e) {
				continue
			}
		}
		all = append(all, e)
	}
	return all
}
