package handlers

import (
	"context"
	"log/slog"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
)

// settleWithin bounds how long a page waits for that, which it could be shown
// without. What is left is for the next list.
const settleWithin = 3 * time.Second

// settle looks for changes whose outcome nobody wrote down (the server died, or
// the API did not say) and finds it in a list that was read since. Each new list
// is asked once. That a page is shown does not depend on it.
func (s *site) settle(ctx context.Context, reading directory.Reading) {
	if reading.Stale != nil || reading.MaybeCut() {
		return
	}
	read, before := reading.ReadAt.UnixNano(), s.settledBy.Load()
	if read <= before || !s.settledBy.CompareAndSwap(before, read) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	_, err := s.Audit.Settle(ctx, s.SettleAfter, func(ctx context.Context, e audit.Event) (audit.Outcome, string, error) {
		outcome, detail := settled(reading, e)
		if outcome.IsOpen() {
			return outcome, detail, nil
		}
		hidden, err := s.changedSince(ctx, e)
		if err != nil || hidden {
			return audit.Unknown, "", err
		}
		return outcome, detail, nil
	})
	if err != nil {
		s.log.Warn("open changes could not be settled", slog.Any("error", err))
	}
}

// changedSince reports whether something was done to an event's account after
// it, by whomever: then the list doesn't tell what became of the event.
func (s *site) changedSince(ctx context.Context, e audit.Event) (bool, error) {
	since, err := s.Audit.List(ctx, audit.Filter{
		TargetID: e.Target.ID, TargetEmail: e.Target.Email, Outcome: audit.Done, From: e.Time.Add(time.Millisecond), Per: 1,
	})
	return since.Total > 0, err
}

// settled tells by the list how an open change has ended.
func settled(reading directory.Reading, e audit.Event) (audit.Outcome, string) {
	if !reading.ReadAt.After(e.Time) {
		return audit.Unknown, ""
	}
	const found, failed = "Found out later, from the list of users", "Found out later, from the list of users: it was not done"
	if e.Action == audit.Invite {
		if _, member := reading.Member(e.Target.Email); member {
			return audit.Done, found
		}
		return audit.Failed, failed
	}
	a, exists := reading.ByID(e.Target.ID)
	if !exists || e.Action != audit.Activate && e.Action != audit.Deactivate {
		return audit.Unknown, ""
	}
	if a.Enabled == (e.Action == audit.Activate) {
		return audit.Done, found
	}
	return audit.Failed, failed
}
