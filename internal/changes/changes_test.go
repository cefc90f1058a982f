package changes_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

func TestWithoutAnAuditLogThereAreNoChanges(t *testing.T) {
	d := directory.New(fakeapi.New(), directory.Options{})
	if _, err := changes.New(changes.Options{API: fakeapi.New(), Directory: d}); err == nil {
		t.Error("New takes no log")
	}
	if _, err := changes.NewReconciler(nil, time.Minute, nil); err == nil {
		t.Error("NewReconciler takes no log")
	}
}

func TestAChangeThatCanNotBeWrittenDownIsNotSent(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.OnByID = func(string) error { f.closeDatabase(); return nil } // gone between the reading and the intent
		result, err := f.changes.Deactivate(t.Context(), f.by, "jo")
		if !errors.Is(err, changes.ErrNotWritten) || result.Event != "" || result.Account == nil {
			t.Errorf("got %+v, %v", result, err)
		}
		if f.Count("deactivate") != 0 || f.People["jo"].Enabled != wallaroo.True {
			t.Errorf("calls: %v", f.Calls)
		}
	}, fakeapi.Person("jo", true))
}

func TestEachChangeHasItsIntentBeforeAndItsOutcomeAfter(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		var during audit.Event
		f.InsteadOfChange = func(string, string) error {
			during = f.events()[0]
			return nil
		}
		for name, row := range map[string]struct {
			change func() (changes.Result, error)
			want   audit.Event
		}{
			"activate":   {func() (changes.Result, error) { return f.changes.Activate(t.Context(), f.form(), "off") }, audit.Event{Action: audit.Activate, Target: audit.Target{ID: "off", Email: "off@example.com", Name: "off@example.com"}}},
			"deactivate": {func() (changes.Result, error) { return f.changes.Deactivate(t.Context(), f.form(), "jo") }, audit.Event{Action: audit.Deactivate, Target: audit.Target{ID: "jo", Email: "jo@example.com", Name: "jo@example.com"}}},
			"invite": {func() (changes.Result, error) {
				invited, err := f.changes.Invite(t.Context(), f.form(), "new@example.com", "")
				if invited.Password != "made-up" || invited.ID == "" {
					t.Errorf("invited: %+v", invited)
				}
				return invited.Result, err
			}, audit.Event{Action: audit.Invite, Target: audit.Target{Email: "new@example.com"}}},
		} {
			result, err := row.change()
			if err != nil || result.Repeated != nil {
				t.Fatalf("%s: %+v, %v", name, result, err)
			}
			if during.ID != result.Event || during.Outcome != audit.Intended || during.Action != row.want.Action || during.Target != row.want.Target ||
				during.Actor != f.by.Actor || during.RequestID != "r1" {
				t.Errorf("%s: while it was sent the log had %+v", name, during)
			}
			if e := f.event(result.Event); e.Outcome != audit.Done || e.Target.ID == "" {
				t.Errorf("%s: afterwards it has %+v", name, e)
			}
		}
	}, fakeapi.Person("jo", true), fakeapi.Person("off", false))
}

func TestAFormKeyIsGoodForOneChange(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		status, invitation := f.form(), f.form()
		first, err := f.changes.Deactivate(t.Context(), status, "jo")
		if err != nil {
			t.Fatal(err)
		}
		again, err := f.changes.Deactivate(t.Context(), status, "jo")
		if err != nil || again.Repeated == nil || again.Event != first.Event || again.Repeated.Outcome != audit.Done || again.Account == nil || f.Count("deactivate") != 1 {
			t.Errorf("a status form twice: %+v, %v, %v", again, err, f.Calls)
		}
		invited, err := f.changes.Invite(t.Context(), invitation, "new@example.com", "")
		if err != nil {
			t.Fatal(err)
		}
		repeated, err := f.changes.Invite(t.Context(), invitation, "another@example.com", "")
		if err != nil || repeated.Repeated == nil || repeated.Event != invited.Event || repeated.Password != "" || f.Count("invite") != 1 {
			t.Errorf("an invitation twice: %+v, %v, %v", repeated, err, f.Calls)
		}
		// Another administrator can't use the key up.
		other := invitation
		other.Caller.Key = "issuer\nother"
		if got, err := f.changes.Invite(t.Context(), other, "third@example.com", ""); err != nil || got.Repeated != nil {
			t.Errorf("another's form: %+v, %v", got, err)
		}
		for _, key := range []string{"", "a\nb", string(make([]byte, 65))} {
			broken := f.by
			broken.Key = key
			if _, err := f.changes.Invite(t.Context(), broken, "fourth@example.com", ""); !errors.Is(err, changes.ErrNoKey) {
				t.Errorf("key %q: %v", key, err)
			}
		}
	}, fakeapi.Person("jo", true))
}

// When the visitor leaves while a change is under way, a sent change is followed to its end, but not past the
// request's deadline.
func TestAChangeOutlivesItsRequestButNotItsDeadline(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		ctx, leave := context.WithCancel(t.Context())
		f.AfterChange = func(string, string) error { leave(); return nil }
		result, err := f.changes.Deactivate(ctx, f.by, "jo")
		if err != nil || result.Account.Enabled != wallaroo.False || f.event(result.Event).Outcome != audit.Done {
			t.Errorf("after the visitor left: %+v, %v", result, err)
		}
	}, fakeapi.Person("jo", true))
	run(t, func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		f.InContext = func(ctx context.Context, op string) error {
			if op != "deactivate" {
				return nil
			}
			<-ctx.Done()
			return &wallaroo.Error{Op: op, Kind: wallaroo.ErrTimeout, Sent: true}
		}
		result, err := f.changes.Deactivate(ctx, f.by, "jo")
		if err == nil || time.Since(began) != time.Minute || f.event(result.Event).Outcome != audit.Unknown && f.event(result.Event).Outcome != audit.Failed {
			t.Errorf("after %v: %+v, %v", time.Since(began), f.event(result.Event), err)
		}
	}, fakeapi.Person("jo", true))
}

// A change whose preparation takes too long is not sent: no time would be left to read it back.
func TestNothingIsSentOnceHalfOfTheTimeIsGone(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		f.InContext = func(ctx context.Context, op string) error {
			if op != "by-id" {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		if _, err := f.changes.Deactivate(ctx, f.by, "jo"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute/2 || f.Count("deactivate") != 0 {
			t.Errorf("%v after %v: %v", err, time.Since(began), f.Calls)
		}
	}, fakeapi.Person("jo", true))
}
