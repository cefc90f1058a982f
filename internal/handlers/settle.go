package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
)

// settleAfter is the longest that a change takes: an intent without an outcome
// for longer than this has lost whoever was to write it.
const settleAfter = 3 * time.Minute

// settle looks for changes whose outcome nobody wrote down (the server died, or
// the API did not say) and asks the list, if one is at hand that was read since.
// That a page is shown does not depend on it.
func (s *site) settle(r *http.Request) {
	reading, err := s.Directory.Read(r.Context(), caller(r), directory.Patience{Wait: firstWait})
	if err != nil || reading.Stale != nil || reading.MaybeCut() {
		return
	}
	_, err = s.Audit.Settle(r.Context(), settleAfter, func(_ context.Context, e audit.Event) (audit.Outcome, string, error) {
		outcome, detail := settled(reading, e)
		return outcome, detail, nil
	})
	if err != nil {
		s.log.Warn("open changes could not be settled", slog.Any("error", err))
	}
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
