package changes

import (
	"context"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/wallaroo"
)

// listLag is the assumed maximum time until the list of users shows a change.
const listLag = 5 * time.Second

// byOthers returns the events of the differences that were not made through this
// dashboard.
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
		if ours && d.action == audit.OutsideAppeared && d.account.Enabled == wallaroo.False {
			// An invited account is active at first; somebody else deactivated it.
			d.action = audit.OutsideDeactivated
			ours, note = own.verify(d)
		}
		if !ours {
			events = append(events, d.event(since, until, note))
		}
	}
	return events, nil
}

// ownChanges are the outcomes of the changes made or tried through this dashboard.
type ownChanges map[ownKey]audit.Outcome

// ownKey is an action on an account, by its id or by its email.
type ownKey struct {
	action audit.Action
	target string
}

// findOwnChanges returns the changes in the audit log, by any replica, that may
// explain a difference between a list that began at since and one that ended at
// until.
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
		// A change that was or may have been made takes precedence over a failed one.
		if before, known := own[key]; !known || before == audit.Failed {
			own[key] = e.Outcome
		}
	}
}

// verify reports whether a difference was made through this dashboard. If not,
// note mentions a failed attempt.
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

// ownAction returns the action of this dashboard that has the same effect as an
// outside one; "" if there is none.
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

// ownKeys returns the keys of an action on an account. The email is used only for
// an invitation, which has no id yet, or if there is no id: an address may have a
// new owner.
func ownKeys(action audit.Action, id, email string) []ownKey {
	var keys []ownKey
	if id != "" {
		keys = append(keys, ownKey{action, id})
	}
	if email != "" && (action == audit.Invite || id == "") {
		keys = append(keys, ownKey{action, emails.Key(email)})
	}
	return keys
}
