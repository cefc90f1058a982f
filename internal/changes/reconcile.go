package changes

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

// reconcileWithin bounds how long a read is held up by what this file does. It can
// be shown without; what is left is for the next read.
const reconcileWithin = 3 * time.Second

// Reconciler finds out, whenever users were read, what became of changes whose
// outcome nobody wrote down: the server died, or the API did not say. It is safe
// for concurrent use.
type Reconciler struct {
	log     *audit.Log
	longest time.Duration
	logger  *slog.Logger
}

// NewReconciler returns a Reconciler over the audit log. longest is the longest
// time from a change's intent until the API is surely through with it; a read that
// began sooner tells nothing of the change. A nil logger means slog.Default. It
// returns an error without a log.
func NewReconciler(log *audit.Log, longest time.Duration, logger *slog.Logger) (*Reconciler, error) {
	if log == nil {
		return nil, errors.New("changes: an audit log is needed")
	}
	if logger == nil {
		logger = slog.Default()
	}
	return &Reconciler{log: log, longest: longest, logger: logger}, nil
}

// ListRead reconciles open changes with a list that was just read. A list that may
// be cut can't tell who is missing, and is left out.
func (r *Reconciler) ListRead(ctx context.Context, s *directory.Snapshot) {
	if s.MaybeCut() {
		return
	}
	r.reconcile(ctx, s.ReadAt, "the list of users", func(e audit.Event) (happened, known bool) {
		if e.Action == audit.Invite {
			_, happened = s.Member(e.Target.Email)
			return happened, true
		}
		a, exists := s.ByID(e.Target.ID)
		return exists && hasStatus(a, e), exists && tellsOf(a, e)
	})
}

// AccountRead reconciles open changes of one account with its own answer, which
// began at a time. Who looks at it need not wait for a list that is new enough.
func (r *Reconciler) AccountRead(ctx context.Context, a *directory.Account, at time.Time) {
	r.reconcile(ctx, at, "the account", func(e audit.Event) (happened, known bool) {
		return hasStatus(a, e), tellsOf(a, e) && e.Target.ID == a.ID
	})
}

// reconcile gives open changes the outcome that a read shows; look returns whether
// one has happened, if the read tells it.
func (r *Reconciler) reconcile(ctx context.Context, readAt time.Time, source string, look func(audit.Event) (happened, known bool)) {
	ctx, cancel := context.WithTimeout(ctx, reconcileWithin)
	defer cancel()
	_, err := r.log.Settle(ctx, r.longest, func(ctx context.Context, e audit.Event) (audit.Outcome, string, error) {
		happened, known := look(e)
		if !known || readAt.Sub(e.Time) <= r.longest {
			return audit.Unknown, "", nil
		}
		if hidden, err := r.hiddenByLater(ctx, e); err != nil || hidden {
			return audit.Unknown, "", err
		}
		if happened {
			return audit.Done, "Found out later, from " + source, nil
		}
		return audit.Failed, "Found out later, from " + source + ": it was not done", nil
	})
	if err != nil {
		r.logger.Warn("open changes could not be reconciled", slog.Any("error", err))
	}
}

// hiddenByLater reports whether something was done to the event's account after
// it, or may have been, by whomever: then no read tells what became of the event.
func (r *Reconciler) hiddenByLater(ctx context.Context, e audit.Event) (bool, error) {
	for _, outcome := range []audit.Outcome{audit.Done, audit.Unknown} {
		later, err := r.log.List(ctx, audit.Filter{
			TargetID: e.Target.ID, TargetEmail: e.Target.Email, Outcome: outcome, From: e.Time.Add(time.Millisecond), Per: 1,
		})
		if err != nil || later.Total > 0 {
			return true, err
		}
	}
	return false, nil
}

// ChangedSince returns the changes made through any replica since a time, for
// directory.Options.Changed; all is false if there are more.
func (r *Reconciler) ChangedSince(ctx context.Context, since time.Time) (changed []directory.Changed, all bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, reconcileWithin)
	defer cancel()
	events, err := r.log.ChangesSince(ctx, since)
	if err != nil {
		return nil, false, err
	}
	changed = make([]directory.Changed, len(events))
	for i, e := range events {
		changed[i] = directory.Changed{Event: e.ID, Account: e.Target.ID}
	}
	return changed, len(events) < audit.MaxChanges, nil
}

// tellsOf reports whether the account's status is known, and an event is one that
// it tells of.
func tellsOf(a *directory.Account, e audit.Event) bool {
	return a.Status() != directory.StatusUnknown && (e.Action == audit.Activate || e.Action == audit.Deactivate)
}

// hasStatus reports whether the account is as such an event was to make it.
func hasStatus(a *directory.Account, e audit.Event) bool {
	return a.Enabled == wallaroo.BoolOf(e.Action == audit.Activate)
}
