package changes_test

import (
	"errors"
	"testing"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
)

// intent writes an intent without an outcome.
func (f *fixture) intent(action audit.Action, t audit.Target) string {
	f.t.Helper()
	id, err := f.log.Intent(f.t.Context(), audit.Event{Action: action, Target: t})
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

func (f *fixture) list(o directory.ReadOptions) {
	f.t.Helper()
	if _, err := f.directory.Read(f.t.Context(), f.by.Caller, o); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) account(id string) {
	f.t.Helper()
	if _, err := f.directory.Account(f.t.Context(), f.by.Caller, id, directory.ReadOptions{}); err != nil {
		f.t.Fatal(err)
	}
}

// A list that is read while a change is under way is used for as long as it is fresh.
func TestAListReadDuringAChangeDoesNotSettleIt(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		id := f.intent(audit.Deactivate, audit.Target{ID: "jo"})
		time.Sleep(time.Second)
		f.list(directory.ReadOptions{})
		time.Sleep(2 * longest)
		if e := f.event(id); e.Outcome != audit.Intended {
			t.Errorf("by an old list it is %q: %s", e.Outcome, e.Detail)
		}
		f.list(directory.ReadOptions{Fresh: true})
		if e := f.event(id); e.Outcome != audit.Failed {
			t.Errorf("by a new list it is %q: %s", e.Outcome, e.Detail)
		}
	}, fakeapi.Person("jo", true))
}

// A request that waits for the list sees the log after the list has settled it.
func TestAnInvitationOfUnknownOutcomeIsSettledByTheList(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		made := f.intent(audit.Invite, audit.Target{Email: "Jo@example.com"})
		never := f.intent(audit.Invite, audit.Target{Email: "never@example.com"})
		time.Sleep(longest + time.Second)
		f.list(directory.ReadOptions{})
		if a, b := f.event(made).Outcome, f.event(never).Outcome; a != audit.Done || b != audit.Failed {
			t.Errorf("%s and %s", a, b)
		}
	}, fakeapi.Person("jo", true))
}

func TestAReadOfTheAccountSettlesItsChange(t *testing.T) {
	for name, row := range map[string]struct {
		action audit.Action
		target audit.Target
		want   audit.Outcome
	}{
		"done":                 {audit.Activate, audit.Target{ID: "jo"}, audit.Done},
		"not done":             {audit.Deactivate, audit.Target{ID: "jo"}, audit.Failed},
		"of another account":   {audit.Deactivate, audit.Target{ID: "flo"}, audit.Intended},
		"nothing that it says": {audit.Invite, audit.Target{Email: "jo@example.com"}, audit.Intended},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				f.list(directory.ReadOptions{}) // not read again for a while
				id := f.intent(row.action, row.target)
				time.Sleep(longest - time.Second)
				f.OnList = func() error { time.Sleep(time.Hour); return errors.New("too late") }
				f.account("jo")
				if e := f.event(id); e.Outcome != audit.Intended {
					t.Errorf("while it may be under way it is %q", e.Outcome)
				}
				time.Sleep(2 * time.Second)
				f.account("jo")
				if e := f.event(id); e.Outcome != row.want {
					t.Errorf("afterwards it is %q: %s", e.Outcome, e.Detail)
				}
			}, fakeapi.Person("jo", true), fakeapi.Person("flo", true))
		})
	}
}

func TestAStatusThatIsNotToldSettlesNothing(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		on, off := f.intent(audit.Activate, audit.Target{ID: "jo"}), f.intent(audit.Deactivate, audit.Target{ID: "flo"})
		f.Edit("jo", untell)
		f.Edit("flo", untell)
		time.Sleep(2 * longest)
		f.account("jo")
		f.list(directory.ReadOptions{Fresh: true})
		for _, id := range []string{on, off} {
			if e := f.event(id); e.Outcome != audit.Intended {
				t.Errorf("%s is %q: %s", e.Action, e.Outcome, e.Detail)
			}
		}
	}, fakeapi.Person("jo", true), fakeapi.Person("flo", true))
}

// If two changes of an account have no outcome, its status may come from either.
func TestAChangeOfUnknownOutcomeIsNotCreditedWithAnotherOpenOne(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		first := f.intent(audit.Activate, audit.Target{ID: "jo"})
		time.Sleep(time.Second)
		later := f.intent(audit.Activate, audit.Target{ID: "jo"})
		time.Sleep(2 * longest)
		f.account("jo")
		if a, b := f.event(first).Outcome, f.event(later).Outcome; a != audit.Intended || b != audit.Done {
			t.Errorf("the first is %q, the second %q", a, b)
		}
	}, fakeapi.Person("jo", true))
}

func TestAListThatMayBeCutSettlesNothing(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		for i := range directory.KeycloakPageSize - 1 {
			u := fakeapi.Person(string(rune('a'+i)), true)
			f.People[u.ID] = u
		}
		id := f.intent(audit.Invite, audit.Target{Email: "new@example.com"})
		time.Sleep(2 * longest)
		f.list(directory.ReadOptions{})
		if e := f.event(id); e.Outcome != audit.Intended {
			t.Errorf("it is %q", e.Outcome)
		}
	}, fakeapi.Person("jo", true))
}
