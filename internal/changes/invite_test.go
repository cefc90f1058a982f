package changes_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func TestInvitations(t *testing.T) {
	rejected := failure(wallaroo.ErrRejected, http.StatusBadRequest)
	for name, row := range map[string]struct {
		prepare func(*fixture)
		want    func(error) bool
		outcome audit.Outcome
	}{
		"sent":                    {func(*fixture) {}, func(err error) bool { return err == nil }, audit.Done},
		"the seats are full":      {func(f *fixture) { f.InsteadOfChange = failure(wallaroo.ErrForbidden, http.StatusForbidden) }, is(wallaroo.ErrForbidden), audit.Refused},
		"done, but no answer":     {func(f *fixture) { f.AfterChange = timeout }, is(changes.ErrInvitedUnseen), audit.Done},
		"not done, and no answer": {func(f *fixture) { f.InsteadOfChange = timeout }, is(changes.ErrPending), audit.Unknown},
		"not done, and its own error": {func(f *fixture) { f.InsteadOfChange = failure(wallaroo.ErrServer, http.StatusInternalServerError) }, func(err error) bool {
			return errors.Is(err, wallaroo.ErrServer) && !errors.Is(err, changes.ErrPending)
		}, audit.Failed},
		"not done, and a list that may be cut": {func(f *fixture) {
			f.InsteadOfChange = failure(wallaroo.ErrServer, http.StatusInternalServerError)
			for i := range directory.KeycloakPageSize - 1 {
				u := fakeapi.Person(fmt.Sprint(i), true)
				f.People[u.ID] = u
			}
		}, is(changes.ErrPending), audit.Unknown},
		"rejected for another reason": {func(f *fixture) { f.InsteadOfChange = rejected }, is(wallaroo.ErrRejected), audit.Failed},
		"made a member by other hands meanwhile": {func(f *fixture) {
			f.InsteadOfChange = func(op, email string) error {
				f.People["x"] = wallaroo.User{ID: "x", Username: "New@example.com"}
				return rejected(op, email)
			}
		}, func(err error) bool {
			member, ok := errors.AsType[*changes.MemberError](err)
			return ok && member.Account.ID == "x"
		}, audit.Failed},
		"no answer, and the list is gone too": {func(f *fixture) {
			f.AfterChange = func(op, email string) error {
				f.OnList = func() error { return down }
				return timeout(op, email)
			}
		}, is(changes.ErrUnknown), audit.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, f *fixture) {
				row.prepare(f)
				got, err := f.changes.Invite(t.Context(), f.form(), "new@example.com", "")
				if !row.want(err) {
					t.Errorf("got %v", err)
				}
				if err == nil {
					reading, err := f.directory.Read(t.Context(), f.by.Caller, directory.ReadOptions{})
					if err != nil || got.Password != "made-up" || reading.Total != 2 {
						t.Errorf("got %+v, %v", got, err)
					}
				} else if got.Password != "" {
					t.Error("a password beside an error")
				}
				if e := f.event(got.Event); e.Outcome != row.outcome {
					t.Errorf("the log has %s: %s", e.Outcome, e.Detail)
				}
				if f.Count("invite") != 1 {
					t.Errorf("sent %d times", f.Count("invite"))
				}
			}, fakeapi.Person("jo", true))
		})
	}
}

func TestAMemberIsNotInvitedAgainInAnyCaseOrSpelling(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		for email, id := range map[string]string{
			"JO@EXAMPLE.COM": "jo", "flo@example.com": "flo",
			"idn@xn--mller-kva.example": "idn", "idn@müller.example": "idn", // as a browser sends it, and as it is kept
		} {
			_, err := f.changes.Invite(t.Context(), f.form(), email, "")
			if member, ok := errors.AsType[*changes.MemberError](err); !ok || member.Account.ID != id {
				t.Errorf("%s: %v", email, err)
			}
		}
		if f.Count("invite") != 0 || len(f.events()) != 0 {
			t.Errorf("calls: %v", f.Calls)
		}
	}, fakeapi.Person("jo", false), wallaroo.User{ID: "flo", Username: "Flo@Example.com"}, wallaroo.User{ID: "idn", Email: "idn@müller.example"})
}

func TestNobodyIsInvitedByAStaleList(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		if _, err := f.directory.Read(t.Context(), f.by.Caller, directory.ReadOptions{}); err != nil {
			t.Fatal(err)
		}
		f.OnList = func() error { return down }
		if _, err := f.directory.Read(t.Context(), f.by.Caller, directory.ReadOptions{Fresh: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.changes.Invite(t.Context(), f.form(), "new@example.com", ""); !errors.Is(err, down) || f.Count("invite") != 0 {
			t.Errorf("got %v", err)
		}
	}, fakeapi.Person("jo", true))
}
