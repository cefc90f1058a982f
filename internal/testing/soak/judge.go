package soak

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// verdict gathers what did not hold, and counts what was excused.
type verdict struct {
	faults           []string
	inFlight, ended  int // excused: in flight at a kill, signed out by one
	doubts, renewals int
}

func (v *verdict) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

// judge holds what browsers, API, activity log and metrics say against each other.
func (s *soak) judge(ctx context.Context, took time.Duration) ([]string, error) {
	v := &verdict{}
	events, err := activity(ctx, s.cluster.Database)
	if err != nil {
		return nil, err
	}
	s.judgeRenewals(v, took)
	s.judgeFailures(v)
	s.judgeChanges(v, events)
	if err := s.judgeAccounts(ctx, v); err != nil {
		return nil, err
	}
	v.faults = append(v.faults, s.memory.faults()...)
	for _, k := range s.kills {
		s.say("server %d was killed at %s", k.Server, k.From.Format(clock))
	}
	s.say("%d kills; %d requests failed in flight at one, %d sessions ended with one", len(s.kills), v.inFlight, v.ended)
	s.say("%d changes asked for, %d of them in doubt; %d calls of the API, %d entries of the log; %d renewals", s.attempts(), v.doubts, len(s.witness.calls), len(events), v.renewals)
	return v.faults, nil
}

// killIn finds a kill that lies within a time.
func (s *soak) killIn(from, until time.Time) bool {
	for _, k := range s.kills {
		if !from.After(k.Until) && !until.Before(k.From) {
			return true
		}
	}
	return false
}

func (s *soak) judgeFailures(v *verdict) {
	for _, b := range s.browsers {
		v.faults = append(v.faults, b.faults...)
		for _, f := range b.failures {
			switch {
			case f.signedOut && s.witness.lost[f.session]:
				v.ended++
			case !f.signedOut && s.killIn(f.began, f.ended):
				v.inFlight++
			default:
				v.fault("%s (%s to %s)", f.what, f.began.Format(clock), f.ended.Format(clock))
			}
		}
		if b.lists == 0 {
			v.fault("browser %d never saw whose list it was shown", b.number)
		}
	}
}

const clock = "15:04:05.000"

// judgeRenewals finds refresh tokens that were used twice. That is excused if the first answer died with a server:
// a kill lies in between, and nobody ever used the access token that it gave. What was asked just before a kill may be
// seen a moment after it, where processors are wanting.
func (s *soak) judgeRenewals(v *verdict, took time.Duration) {
	w := s.witness
	first := make(map[[32]byte]renewal)
	w.lost = make(map[string]bool)
	for _, r := range w.renewals {
		before, twice := first[r.token]
		switch {
		case twice && w.used[before.access].IsZero() && s.killIn(before.at.Add(-lateness), r.at):
			w.lost[r.session] = true
		case twice:
			v.fault("a refresh token was used at %s and again at %s", before.at.Format(clock), r.at.Format(clock))
		case r.status != http.StatusOK:
			v.fault("a renewal was refused with %d", r.status)
		default:
			v.renewals++
		}
		if !twice {
			first[r.token] = r
		}
	}
	// A token serves until less than the margin is left of it; its life is in whole seconds. One more is for a start in
	// the middle of a life, and one for a renewal that began before and ends after.
	lives := int(took/(s.TokenTTL-margin-time.Second)) + 2
	if most := lives * (len(s.browsers) + len(w.lost)); v.renewals > most {
		v.fault("%d renewals, where %d expiries are the most that there can have been", v.renewals, most)
	}
	if v.renewals == 0 && s.Duration > 2*s.TokenTTL {
		v.fault("no token was renewed")
	}
}

// attempts is how many changes the browsers have asked for.
func (s *soak) attempts() int {
	n := 0
	for _, b := range s.browsers {
		n += len(b.attempts)
	}
	return n
}

// judgeAccounts asks the stand-in itself how each account is.
func (s *soak) judgeAccounts(ctx context.Context, v *verdict) error {
	for _, b := range s.browsers {
		for _, a := range b.accounts {
			var found []state
			if err := s.control(ctx, http.MethodGet, "users?user="+a.id, nil, &found); err != nil {
				return err
			}
			if len(found) != 1 || found[0].Enabled != a.active {
				v.fault("browser %d left %s as active=%v, and it is %+v", b.number, a.email, a.active, found)
			}
		}
		for _, at := range b.attempts {
			if at.action != "invite" {
				continue
			}
			found, err := s.withEmail(ctx, at.target)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				v.fault("browser %d invited %s, and it was there again after it had been deleted", b.number, at.target)
			}
		}
	}
	return nil
}

// judgeChanges finds for each attempt its calls and its entries in the log, and what belongs to no attempt. That the
// invited ones were deleted by other hands may stand there once for each, if a list was read in between.
func (s *soak) judgeChanges(v *verdict, events []event) {
	calls, entries := make(map[int]bool), s.dismissals(events)
	for _, b := range s.browsers {
		for _, a := range b.attempts {
			var outcomes []string
			asked, begin := 0, a.began.Truncate(time.Millisecond)
			for i, c := range s.witness.calls {
				if c.subject == a.subject && c.action == a.action && strings.EqualFold(c.target, a.target) && within(c.at, begin, a.ended) {
					calls[i] = true
					asked++
				}
			}
			for i, e := range events {
				if e.subject == a.subject && e.action == a.action && strings.EqualFold(e.target, a.target) && within(e.at, begin, a.ended) {
					entries[i] = true
					outcomes = append(outcomes, e.outcome)
				}
			}
			v.judgeAttempt(a, asked, outcomes)
		}
	}
	for i, c := range s.witness.calls {
		if !calls[i] {
			v.fault("the API was asked by nobody for: %+v", c)
		}
	}
	for i, e := range events {
		if !entries[i] {
			v.fault("the activity log has what nobody did: %+v", e)
		}
	}
}

// dismissals finds the first entry for each invited account that says that it is gone.
func (s *soak) dismissals(events []event) map[int]bool {
	invited := make(map[string]time.Time)
	for _, b := range s.browsers {
		for _, a := range b.attempts {
			if a.action == "invite" && a.done {
				invited[strings.ToLower(a.target)] = a.ended
			}
		}
	}
	found := make(map[int]bool)
	for i, e := range events {
		after, known := invited[strings.ToLower(e.target)]
		if known && e.action == "outside.vanished" && !e.at.Before(after.Truncate(time.Millisecond)) {
			found[i] = true
			delete(invited, strings.ToLower(e.target))
		}
	}
	return found
}

func within(t, from, until time.Time) bool { return !t.Before(from) && !t.After(until) }

// judgeAttempt holds one change against what the API was asked for and what stands in the log.
func (v *verdict) judgeAttempt(a attempt, asked int, outcomes []string) {
	what := fmt.Sprintf("%s of %s by browser %d at %s (told %v, done %v): %d calls, in the log %q",
		a.action, a.target, a.browser, a.began.Format(clock), a.told, a.done, asked, outcomes)
	switch {
	case a.told:
		if asked != 1 || len(outcomes) != 1 || outcomes[0] != "done" {
			v.fault("told to be done: %s", what)
		}
		return
	case asked > 1 || len(outcomes) > 1:
		v.fault("doubled: %s", what)
	case asked > len(outcomes):
		v.fault("not written down before it was sent: %s", what)
	case a.done != (asked == 1):
		v.fault("the next read did not show the truth: %s", what)
	case len(outcomes) == 1 && (outcomes[0] == "done" && !a.done || outcomes[0] == "failed" && a.done):
		v.fault("the log is wrong: %s", what)
	}
	v.doubts++
}

// lateness is how long a request may lie at the witness before it is seen.
const lateness = 500 * time.Millisecond

// margin is REFRESH_MARGIN of the servers.
const margin = 5 * time.Second
