package changes

import (
	"context"
	"strings"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
)

// listLag is how late the list of users may tell a change.
const listLag = 5 * time.Second

// byOthers returns what others changed between two reads, as events: differences
// that were made from here are left out.
func (c *Comparer) byOthers(ctx context.Context, all []difference, since, until time.Time) ([]audit.Event, error) {
	if len(all) == 0 {
		return nil, nil
	}
	own, err := c.findOwnChanges(ctx, since, until)
	if err != nil {
		return nil, err
	}
	var events []audit.Event
	for _, d := range all {
		ours, note := own.verify(d)
		if ours && d.action == audit.OutsideAppeared && !d.account.Enabled {
			// An account of our making is active. Somebody has changed that since.
			d.action = audit.OutsideDeactivated
			ours, note = own.verify(d)
		}
		if !ours {
			events = append(events, d.event(since, until, note))
		}
	}
	return events, nil
}

// ownChanges are the outcomes of what was changed, or tried, from here.
type ownChanges map[ownKey]audit.Outcome

// ownKey is an action on an account, by its id or by its email.
type ownKey struct {
	action audit.Action
	target string
}

// findOwnChanges looks up in the audit log what was changed from here, through any
// replica, and may show between two reads.
func (c *Comparer) findOwnChanges(ctx context.Context, since, until time.Time) (ownChanges, error) {
	own := make(ownChanges)
	since = since.Add(-directory.ReplicaSkew - listLag)
	for _, action := range []audit.Action{audit.Invite, audit.Activate, audit.Deactivate} {
		begun := audit.Filter{Action: action, From: since.Add(-c.longest), To: until.Add(directory.ReplicaSkew)}
		err := c.log.Each(ctx, begun, func(e audit.Event) error {
			if e.Settled.IsZero() || !e.Settled.Before(since) {
				own.add(e)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return own, nil
}

func (own ownChanges) add(e audit.Event) {
	if e.Outcome == audit.Refused {
		return
	}
	for _, key := range ownKeys(e.Action, e.Target.ID, e.Target.Email) {
		// What was done, or may have been, counts more than what failed.
		if before, known := own[key]; !known || before == audit.Failed {
			own[key] = e.Outcome
		}
	}
}

// verify returns whether a difference was made from here. What failed here was
// not done as far as anybody knows, but is worth a note.
func (own ownChanges) verify(d difference) (ours bool, note string) {
	for _, key := range ownKeys(ownAction(d.action), d.account.ID, d.account.Email) {
		switch outcome, known := own[key]; {
		case known && outcome == audit.Failed:
			note = "It was tried from here shortly before, and failed"
		case known:
			return true, ""
		}
	}
	return false, note
}

// ownAction returns the action from here that leads to what a list shows; "" if
// none does.
func ownAction(shown audit.Action) audit.Action {
	switch shown {
	case audit.OutsideAppeared:
		return audit.Invite
	case audit.OutsideActivated:
		return audit.Activate
	case audit.OutsideDeactivated:
		return audit.Deactivate
	default:
		return ""
	}
}

// ownKeys returns what to find an action by. Only an invitation goes by email,
// since there is no id before it; otherwise an address may have a new owner.
func ownKeys(action audit.Action, id, email string) []ownKey {
	var keys []ownKey
	if id != "" {
		keys = append(keys, ownKey{action, id})
	}
	if email != "" && (action == audit.Invite || id == "") {
		keys = append(keys, ownKey{action, strings.ToLower(strings.TrimSpace(email))})
	}
	return keys
}
