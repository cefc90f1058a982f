package soak

import (
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/testing/cluster"
)

// at returns the time that many seconds into a run.
func at(seconds float64) time.Time {
	return time.Date(2026, 3, 4, 14, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// found checks that the faults begin with the wanted texts, in order.
func found(t *testing.T, faults []string, want ...string) {
	t.Helper()
	if len(faults) != len(want) {
		t.Fatalf("found %q, want %q", faults, want)
	}
	for i := range want {
		if !strings.HasPrefix(faults[i], want[i]) {
			t.Errorf("found %q, want %q", faults[i], want[i])
		}
	}
}

func TestVerifyFindsWhatBecameOfAChange(t *testing.T) {
	const (
		told      = "told to be done: "
		doubled   = "doubled: "
		unwritten = "not written down before it was sent: "
		untrue    = "the next read did not show the truth: "
		wrongLog  = "the log is wrong: "
		nobody    = "the API was asked by nobody for: "
		unknown   = "the activity log has what nobody did: "
	)
	done := attempt{began: at(10), ended: at(12), subject: "ada", action: "deactivate", target: "jo@example.com", told: true, done: true}
	doubtDone, doubtNot := done, done
	doubtDone.told, doubtNot.told, doubtNot.done = false, false, false
	asked := call{at: at(11), subject: "ada", action: "deactivate", target: "jo@example.com", status: 200}
	written := event{at: at(10.5), subject: "ada", action: "deactivate", target: "jo@example.com", outcome: "done"}
	byBob := func(c call) call { c.subject = "bob"; return c }
	asBob := func(e event) event { e.subject = "bob"; return e }
	as := func(outcome string) event { e := written; e.outcome = outcome; return e }
	invited := attempt{began: at(10), ended: at(12), subject: "ada", action: "invite", target: "new@example.com", told: true, done: true}
	invitation := call{at: at(11), subject: "ada", action: "invite", target: "new@example.com", status: 200}
	inLog := event{at: at(10.5), subject: "ada", action: "invite", target: "new@example.com", outcome: "done"}
	gone := event{at: at(20), action: "outside.vanished", target: "new@example.com"}
	for _, row := range []struct {
		name   string
		tried  []attempt
		calls  []call
		events []event
		doubts int
		want   []string
	}{
		{"all is well", []attempt{done}, []call{asked}, []event{written}, 0, nil},
		{"an address in capitals", []attempt{done}, []call{{at(11), "ada", "deactivate", "JO@example.com", 200}}, []event{written}, 0, nil},
		{"written down in the same millisecond, which the log cuts", []attempt{{
			began: at(10.0004), ended: at(12), subject: "ada", action: "invite", target: "x@example.com", told: true, done: true,
		}}, []call{{at(11), "ada", "invite", "x@example.com", 200}}, []event{{at: at(10), subject: "ada", action: "invite", target: "x@example.com", outcome: "done"}}, 0, nil},

		{"a change that was lost", []attempt{done}, nil, []event{written}, 0, []string{told}},
		{"a change that was sent twice", []attempt{done}, []call{asked, asked}, []event{written}, 0, []string{told}},
		{"a change under another's name", []attempt{done}, []call{byBob(asked)}, []event{written}, 0, []string{told, nobody}},
		{"another account", []attempt{done}, []call{{at(11), "ada", "deactivate", "jim@example.com", 200}}, []event{written}, 0, []string{told, nobody}},
		{"the opposite", []attempt{done}, []call{{at(11), "ada", "activate", "jo@example.com", 200}}, []event{written}, 0, []string{told, nobody}},
		{"done only after it was told", []attempt{done}, []call{{at(13), "ada", "deactivate", "jo@example.com", 200}}, []event{written}, 0, []string{told, nobody}},
		{"not in the log", []attempt{done}, []call{asked}, nil, 0, []string{told}},
		{"twice in the log", []attempt{done}, []call{asked}, []event{written, written}, 0, []string{told}},
		{"in the log under another's name", []attempt{done}, []call{asked}, []event{asBob(written)}, 0, []string{told, unknown}},
		{"in the log as failed", []attempt{done}, []call{asked}, []event{as("failed")}, 0, []string{told}},
		{"a call of nobody's", nil, []call{asked}, nil, 0, []string{nobody}},
		{"an entry of nobody's", nil, nil, []event{{at: at(11), action: "outside.deactivated", target: "jo@example.com"}}, 0, []string{unknown}},

		{"an invited account that was deleted", []attempt{invited}, []call{invitation}, []event{inLog, gone}, 0, nil},
		{"and twice in the log", []attempt{invited}, []call{invitation}, []event{inLog, gone, gone}, 0, []string{unknown}},
		{"and before it was invited", []attempt{invited}, []call{invitation}, []event{{at: at(11), action: gone.action, target: gone.target}, inLog}, 0, []string{unknown}},
		{"an account that nobody deleted", []attempt{done}, []call{asked}, []event{written, {at: at(20), action: gone.action, target: done.target}}, 0, []string{unknown}},
		{"an invited account that somebody else is said to have made", []attempt{invited}, []call{invitation}, []event{inLog, {at: at(20), action: "outside.appeared", target: gone.target}}, 0, []string{unknown}},

		{"in doubt, and never sent", []attempt{doubtNot}, nil, nil, 1, nil},
		{"in doubt, written down and never sent", []attempt{doubtNot}, nil, []event{as("failed")}, 1, nil},
		{"in doubt, and done", []attempt{doubtDone}, []call{asked}, []event{as("unknown")}, 1, nil},
		{"in doubt, and sent twice", []attempt{doubtDone}, []call{asked, asked}, []event{written}, 1, []string{doubled}},
		{"in doubt, and twice in the log", []attempt{doubtDone}, []call{asked}, []event{written, written}, 1, []string{doubled}},
		{"in doubt, and sent without being written down", []attempt{doubtDone}, []call{asked}, nil, 1, []string{unwritten}},
		{"shown as done, and never sent", []attempt{doubtDone}, nil, []event{as("unknown")}, 1, []string{untrue}},
		{"sent, and not shown", []attempt{doubtNot}, []call{asked}, []event{as("unknown")}, 1, []string{untrue}},
		{"done, and in the log as failed", []attempt{doubtDone}, []call{asked}, []event{as("failed")}, 1, []string{wrongLog}},
		{"not done, and in the log as done", []attempt{doubtNot}, nil, []event{as("done")}, 1, []string{wrongLog}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := &soak{recorder: newRecorder(), browsers: []*browser{{attempts: row.tried}}}
			s.recorder.calls = row.calls
			v := &findings{}
			s.verifyChanges(v, row.events)
			if found(t, v.faults, row.want...); v.doubts != row.doubts {
				t.Errorf("%d doubts, want %d", v.doubts, row.doubts)
			}
		})
	}
}

func TestVerifyFindsASecondUseOfARefreshToken(t *testing.T) {
	const twice = "a refresh token was used at 14:00:10.000 and again at 14:00:20.000"
	first := renewal{at: at(10), status: 200, session: "one", token: [32]byte{1}, access: [32]byte{11}}
	again := renewal{at: at(20), status: 400, session: "one", token: [32]byte{1}}
	kill := func(from, until float64) []cluster.Kill { return []cluster.Kill{{From: at(from), Until: at(until)}} }
	for _, row := range []struct {
		name     string
		renewals []renewal
		kills    []cluster.Kill
		used     map[[32]byte]time.Time
		renewed  int
		lost     int
		want     []string
	}{
		{"each once", []renewal{first, {at: at(20), status: 200, token: [32]byte{2}}}, nil, nil, 2, 0, nil},
		{"a second time", []renewal{first, again}, nil, nil, 1, 0, []string{twice}},
		{"a second time, with a server killed in between", []renewal{first, again}, kill(11, 11.1), nil, 1, 1, nil},
		{"a second time, the first seen just after the kill", []renewal{first, again}, kill(9.8, 9.9), nil, 1, 1, nil},
		{"a second time, and the first answer had come through", []renewal{first, again}, kill(11, 11.1), map[[32]byte]time.Time{{11}: at(10.5)}, 1, 0, []string{twice}},
		{"a second time, and a server killed before the first", []renewal{first, again}, kill(8, 9), nil, 1, 0, []string{twice}},
		{"a second time, and a server killed after it", []renewal{first, again}, kill(21, 22), nil, 1, 0, []string{twice}},
		{"a refusal without a second time", []renewal{{at: at(10), status: 400, token: [32]byte{1}}, {at: at(10), status: 200, token: [32]byte{2}}}, nil, nil, 1, 0, []string{"a renewal was refused with 400"}},
		{"none at all", nil, nil, nil, 0, 0, []string{"no token was renewed"}},
		{"far too many", many(7), nil, nil, 7, 0, []string{"7 renewals, where 6 expiries are the most"}},
		{"as many as there can be", many(6), nil, nil, 6, 0, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := &soak{Options: Options{Duration: time.Minute, TokenTTL: 20 * time.Second}, recorder: newRecorder(), browsers: []*browser{{}}, kills: row.kills}
			s.recorder.renewals = row.renewals
			if row.used != nil {
				s.recorder.used = row.used
			}
			v := &findings{}
			s.verifyRenewals(v, time.Minute)
			if found(t, v.faults, row.want...); v.renewals != row.renewed || len(s.recorder.lost) != row.lost || row.lost > 0 && !s.recorder.lost["one"] {
				t.Errorf("%d renewals, lost %v", v.renewals, s.recorder.lost)
			}
		})
	}
}

// many returns n renewals of one session, each with the token of the one before.
func many(n int) []renewal {
	all := make([]renewal, n)
	for i := range all {
		all[i] = renewal{at: at(float64(i)), status: 200, session: "one", token: [32]byte{byte(i + 1)}}
	}
	return all
}

func TestVerifyExcusesOnlyWhatAKillExplains(t *testing.T) {
	for _, row := range []struct {
		name            string
		failure         failure
		inFlight, ended int
		want            []string
	}{
		{"in flight at the kill", failure{began: at(9), ended: at(11), what: "502"}, 1, 0, nil},
		{"begun while it lasted", failure{began: at(10.05), ended: at(11), what: "502"}, 1, 0, nil},
		{"over before the kill", failure{began: at(8), ended: at(9), what: "502"}, 0, 0, []string{"502 (14:00:08.000 to 14:00:09.000)"}},
		{"begun after it", failure{began: at(10.2), ended: at(11), what: "502"}, 0, 0, []string{"502 ("}},
		{"signed out, as its renewal died with the server", failure{began: at(20), ended: at(21), session: "lost", signedOut: true, what: "out"}, 0, 1, nil},
		{"signed out for no reason", failure{began: at(20), ended: at(21), session: "other", signedOut: true, what: "out"}, 0, 0, []string{"out ("}},
		{"signed out at the kill, with nothing lost", failure{began: at(9), ended: at(11), session: "other", signedOut: true, what: "out"}, 0, 0, []string{"out ("}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := &soak{recorder: newRecorder(), kills: []cluster.Kill{{From: at(10), Until: at(10.1)}}}
			s.recorder.lost = map[string]bool{"lost": true}
			s.browsers = []*browser{{lists: 1, failures: []failure{row.failure}}}
			v := &findings{}
			s.verifyFailures(v)
			if found(t, v.faults, row.want...); v.inFlight != row.inFlight || v.ended != row.ended {
				t.Errorf("%d excused in flight, %d signed out", v.inFlight, v.ended)
			}
		})
	}
}

func TestVerifyPassesOnWhatABrowserFoundAndDoubtsOneThatSawNothing(t *testing.T) {
	s := &soak{recorder: newRecorder(), browsers: []*browser{
		{number: 0, lists: 3, faults: []string{"browser 0: was shown another's list"}},
		{number: 1},
	}}
	v := &findings{}
	s.verifyFailures(v)
	found(t, v.faults, "browser 0: was shown another's list", "browser 1 never saw whose list it was shown")
}

func TestVerifyFindsGrowth(t *testing.T) {
	const mega = 1 << 20
	steady := sample{resident: 100 * mega, heap: 40 * mega, goroutines: 50, files: 40}
	run := func(quarters ...float64) (all []sample) {
		for _, size := range quarters {
			s := steady
			s.resident = size * mega
			all = append(all, s, s, s)
		}
		return all
	}
	heaps := run(100, 100, 100, 100)
	for i := range heaps {
		heaps[i].heap = float64(20+i*4) * mega
	}
	for _, row := range []struct {
		name    string
		samples []sample
		rested  sample
		want    []string
	}{
		{"none", run(80, 100, 100, 101), steady, nil},
		{"some, while it warms up", run(40, 100, 120, 125), steady, nil},
		{"memory", run(80, 100, 140, 180), steady, []string{"the server that lived on: 104857600 bytes resident"}},
		{"what is in use", heaps, steady, []string{"the server that lived on: 37748736 bytes until the next collection in the second quarter, 62914560"}},
		{"goroutines", run(80, 100, 100, 100), sample{resident: 1, goroutines: 151, files: 40}, []string{"the server that lived on: goroutines at rest: 151"}},
		{"open files", run(80, 100, 100, 100), sample{resident: 1, goroutines: 50, files: 141}, []string{"the server that lived on: open files at rest: 141"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := &memory{samples: row.samples, rested: row.rested}
			found(t, m.faults(), row.want...)
		})
	}
	if n := len((&memory{}).faults()); n != 4 {
		t.Errorf("a server that was never asked has %d faults, want each", n)
	}
}
