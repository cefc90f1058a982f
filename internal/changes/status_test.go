package changes_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

func TestAChangeIsReadBackAndKeepsWhatOnlyTheListTells(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		result, err := f.changes.Deactivate(t.Context(), f.by, "jo")
		if after := result.Account; err != nil || after.Enabled != wallaroo.False || !after.LastLogin.Never() || !after.IsAdmin() {
			t.Errorf("got %+v, %v", after, err)
		}
		if f.Count("list") != 1 || f.Count("deactivate") != 1 {
			t.Errorf("calls: %v", f.Calls)
		}
		// The caller's list shows it, and need not read the account again.
		calls := len(f.Calls)
		reading, err := f.directory.Read(t.Context(), f.by.Caller, directory.ReadOptions{})
		if jo, _ := reading.ByID("jo"); err != nil || jo.Enabled != wallaroo.False || len(f.Calls) != calls {
			t.Errorf("the list afterwards: %v, %v", err, f.Calls)
		}
	}, fakeapi.Person("jo", true))
}

func TestAnUnknownAccountIsNotChanged(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		result, err := f.changes.Activate(t.Context(), f.by, "gone")
		if !errors.Is(err, directory.ErrNoAccount) || result.Account != nil || len(f.events()) != 0 {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

func TestAChangeWithoutAnAnswerIsReadBack(t *testing.T) {
	for name, row := range map[string]struct {
		prepare func(*fixture)
		want    error
		enabled wallaroo.Bool
		outcome audit.Outcome
	}{
		"done, but the answer was lost":    {func(f *fixture) { f.AfterChange = timeout }, nil, wallaroo.False, audit.Done},
		"not done, and no answer":          {func(f *fixture) { f.InsteadOfChange = timeout }, changes.ErrPending, wallaroo.True, audit.Unknown},
		"not done, and its own error":      {func(f *fixture) { f.InsteadOfChange = failure(wallaroo.ErrServer, http.StatusInternalServerError) }, wallaroo.ErrServer, wallaroo.True, audit.Failed},
		"not done, and a proxy's error":    {func(f *fixture) { f.InsteadOfChange = failure(wallaroo.ErrServer, http.StatusBadGateway) }, changes.ErrPending, wallaroo.True, audit.Unknown},
		"refused":                          {func(f *fixture) { f.InsteadOfChange = failure(wallaroo.ErrForbidden, http.StatusForbidden) }, wallaroo.ErrForbidden, wallaroo.True, audit.Refused},
		"said done, but nothing changed":   {func(f *fixture) { f.AfterChange = func(string, string) error { f.Edit("jo", enable); return nil } }, changes.ErrUnchanged, wallaroo.True, audit.Failed},
		"said done, and no status is told": {func(f *fixture) { f.AfterChange = func(string, string) error { f.Edit("jo", untell); return nil } }, changes.ErrUnknown, wallaroo.Unknown, audit.Unknown},
		"no answer, and no status is told": {func(f *fixture) {
			f.AfterChange = func(op, email string) error { f.Edit("jo", untell); return timeout(op, email) }
		}, changes.ErrUnknown, wallaroo.Unknown, audit.Unknown},
		"no answer, and no look at it": {func(f *fixture) {
			f.AfterChange = func(op, email string) error { f.OnByID = func(string) error { return down }; return timeout(op, email) }
		}, changes.ErrUnknown, wallaroo.True, audit.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				row.prepare(f)
				result, err := f.changes.Deactivate(t.Context(), f.by, "jo")
				if !errors.Is(err, row.want) || (row.want == nil) != (err == nil) || result.Account.Enabled != row.enabled {
					t.Errorf("got %v, enabled %v", err, result.Account.Enabled)
				}
				if e := f.event(result.Event); e.Outcome != row.outcome {
					t.Errorf("the log has %s: %s", e.Outcome, e.Detail)
				}
				if f.Count("deactivate") != 1 {
					t.Errorf("sent %d times", f.Count("deactivate"))
				}
			}, fakeapi.Person("jo", true))
		})
	}
}

func enable(u *wallaroo.User) { u.Enabled = wallaroo.True }
func untell(u *wallaroo.User) { u.Enabled = wallaroo.Unknown }

func TestAChangeIsNeverSentAgain(t *testing.T) {
	for _, fault := range []*wallaroo.Error{
		{Kind: wallaroo.ErrUnreachable, Status: 200, Sent: true},
		{Kind: wallaroo.ErrServer, Status: 500, Sent: true},
		{Kind: wallaroo.ErrServer, Status: 503, RetryAfter: time.Second, Sent: true},
		{Kind: wallaroo.ErrTooMany, Status: 429, RetryAfter: time.Second, Sent: true},
	} {
		run(t, func(t *testing.T, f *fixture) {
			f.InsteadOfChange = func(string, string) error { return fault }
			if _, err := f.changes.Deactivate(t.Context(), f.form(), "jo"); !errors.Is(err, fault) || f.Count("deactivate") != 1 {
				t.Errorf("got %v after %d changes", err, f.Count("deactivate"))
			}
			if _, err := f.changes.Invite(t.Context(), f.form(), "flo@example.com", ""); !errors.Is(err, fault) || f.Count("invite") != 1 {
				t.Errorf("got %v after %d invitations", err, f.Count("invite"))
			}
		}, fakeapi.Person("jo", true))
	}
}

// After a 401 the API has done nothing, so one renewed token is tried, and no more.
func TestAfterA401AChangeIsSentOnceMoreWithARenewedToken(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		sent := 0
		f.InsteadOfChange = func(op, email string) error {
			if sent++; sent == 1 {
				return failure(wallaroo.ErrUnauthorized, http.StatusUnauthorized)(op, email)
			}
			return nil
		}
		if result, err := f.changes.Deactivate(t.Context(), f.form(), "jo"); err != nil || result.Account.Enabled != wallaroo.False || sent != 2 {
			t.Errorf("sent %d times: %v", sent, err)
		}
		f.InsteadOfChange = failure(wallaroo.ErrUnauthorized, http.StatusUnauthorized)
		before := f.Count("activate")
		if _, err := f.changes.Activate(t.Context(), f.form(), "jo"); !errors.Is(err, wallaroo.ErrUnauthorized) || f.Count("activate") != before+2 {
			t.Errorf("got %v after %d changes", err, f.Count("activate")-before)
		}
	}, fakeapi.Person("jo", true))
}
