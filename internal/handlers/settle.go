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
	s.settleBy(ctx, reading.ReadAt, "the list of users", func(e audit.Event) (happened, known bool) {
		if e.Action == audit.Invite {
			_, happened = reading.Member(e.Target.Email)
			return happened, true
		}
		a, exists := reading.ByID(e.Target.ID)
		return exists && switched(a, e), exists && isSwitch(e)
	})
}

// settleAccount does so for one account by its own answer, which its page reads
// afresh: nobody who looks there has to wait for a list that is new enough.
func (s *site) settleAccount(ctx context.Context, d directory.Details) {
	s.settleBy(ctx, d.ReadAt, "the account", func(e audit.Event) (happened, known bool) {
		return switched(d.Account, e), isSwitch(e) && e.Target.ID == d.ID
	})
}

// settleBy finds out from a read how open changes have ended; look says whether
// one has happened, if the read tells it. A read that began while a change could
// still be under way tells nothing of it.
func (s *site) settleBy(ctx context.Context, readAt time.Time, source string, look func(audit.Event) (happened, known bool)) {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	_, err := s.Audit.Settle(ctx, s.SettleAfter, func(ctx context.Context, e audit.Event) (audit.Outcome, string, error) {
		happened, known := look(e)
		if !known || readAt.Sub(e.Time) <= s.SettleAfter {
			return audit.Unknown, "", nil
		}
		if hidden, err := s.changedSince(ctx, e); err != nil || hidden {
			return audit.Unknown, "", err
		}
		if happened {
			return audit.Done, "Found out later, from " + source, nil
		}
		return audit.Failed, "Found out later, from " + source + ": it was not done", nil
	})
	if err != nil {
		s.log.Warn("open changes could not be settled", slog.Any("error", err))
	}
}

// changedSince reports whether something was done to an event's account after
// it, or may have been, by whomever: then no read tells what became of the event.
func (s *site) changedSince(ctx context.Context, e audit.Event) (bool, error) {
	for _, outcome := range []audit.Outcome{audit.Done, audit.Unknown} {
		since, err := s.Audit.List(ctx, audit.Filter{
			TargetID: e.Target.ID, TargetEmail: e.Target.Email, Outcome: outcome, From: e.Time.Add(time.Millisecond), Per: 1,
		})
		if err != nil || since.Total > 0 {
			return true, err
		}
	}
	return false, nil
}

// isSwitch reports whether an event is one that an account's status tells of.
func isSwitch(e audit.Event) bool { return e.Action == audit.Activate || e.Action == audit.Deactivate }

// switched reports whether the account is as such an event was to make it.
func switched(a *directory.Account, e audit.Event) bool {
	return a.Enabled == (e.Action == audit.Activate)
}
