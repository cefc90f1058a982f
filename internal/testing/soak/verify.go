package soak

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// findings are the violations, and counts of the excused failures.
type findings struct {
	faults           []string
	inFlight, ended  int // excused: in flight at a kill, signed out by one
	doubts, renewals int
}

func (v *findings) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

// verify compares the records of browsers, API, activity log and metrics, and returns the violations.
func (s *soak) verify(ctx context.Context, took time.Duration) ([]string, error) {
	v := &findings{}
	events, err := activity(ctx, s.cluster.Database)
	if err != nil {
		return nil, err
	}
	s.verifyRenewals(v, took)
	s.verifyFailures(v)
	s.verifyChanges(v, events)
	if err := s.verifyAccounts(ctx, v); err != nil {
		return nil, err
	}
	v.faults = append(v.faults, s.memory.faults()...)
	for _, k := range s.kills {
		s.say("server %d was killed at %s", k.Server, k.From.Format(clock))
	}
	s.say("%d kills; %d requests failed in flight at one, %d sessions ended with one", len(s.kills), v.inFlight, v.ended)
	s.say("%d changes asked for, %d of them in doubt; %d calls of the API, %d entries of the log; %d renewals", s.attempts(), v.doubts, len(s.recorder.calls), len(events), v.renewals)
	return v.faults, nil
}

// killIn reports whether a kill overlaps the interval.
func (s *soak) killIn(from, until time.Time) bool {
	for _, k := range s.kills {
		if !from.After(k.Until) && !until.Before(k.From) {
			return true
		}
	}
	return false
}

func (s *soak) verifyFailures(v *findings) {
	for _, b := range s.browsers {
		v.faults = append(v.faults, b.faults...)
		for _, f := range b.failures {
			switch {
			case f.signedOut && s.recorder.lost[f.session]:
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

// verifyRenewals reports refresh tokens used twice. That is excused if the first answer was lost with a server: a kill
// lies in between, and its access token was never used. On a busy machine, a request sent just before a kill may be
// recorded just after it.
func (s *soak) verifyRenewals(v *findings, took time.Duration) {
	w := s.recorder
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
	// A token is used until less than the margin of its lifetime (whole seconds) is left. One more is for a start in the
	// middle of a lifetime, and one for a renewal that begins before the run's end and ends after it.
	lives := int(took/(s.TokenTTL-margin-time.Second)) + 2
	if most := lives * (len(s.browsers) + len(w.lost)); v.renewals > most {
		v.fault("%d renewals, where %d expiries are the most that there can have been", v.renewals, most)
	}
	if v.renewals == 0 && s.Duration > 2*s.TokenTTL {
		v.fault("no token was renewed")
	}
}

// attempts returns the number of changes that the browsers have requested.
func (s *soak) attempts() int {
	n := 0
	for _, b := range s.browsers {
		n += len(b.attempts)
	}
	return n
}

// verifyAccounts compares each account with the stand-in's state.
func (s *soak) verifyAccounts(ctx context.Context, v *findings) error {
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

// verifyChanges matches each attempt with its API calls and log entries, and reports those without an attempt. The log
// may have one entry for the deletion of each invited account, if a list was read in between.
func (s *soak) verifyChanges(v *findings, events []event) {
	calls, entries := make(map[int]bool), s.deletions(events)
	for _, b := range s.browsers {
		for _, a := range b.attempts {
			var outcomes []string
			asked, begin := 0, a.began.Truncate(time.Millisecond)
			for i, c := range s.recorder.calls {
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
			v.verifyAttempt(a, asked, outcomes)
		}
	}
	for i, c := range s.recorder.calls {
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

// deletions returns the index of the first log entry for the deletion of each invited account.
func (s *soak) deletions(events []event) map[int]bool {
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

// verifyAttempt compares one change with the number of API calls and the outcomes in the log.
func (v *findings) verifyAttempt(a attempt, asked int, outcomes []string) {
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

// lateness is how long a request may wait in the recorder before it is recorded.
const lateness = 500 * time.Millisecond

// margin is REFRESH_MARGIN of the servers.
const margin = 5 * time.Second
