package directory_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

func timeout(op, _ string) error {
	return &wallaroo.Error{Op: op, Kind: wallaroo.ErrTimeout, Sent: true}
}

func refusal(op, _ string) error {
	return &wallaroo.Error{Op: op, Kind: wallaroo.ErrForbidden, Status: 403, Sent: true}
}

func TestAChangeIsReadBackAndKeepsWhatOnlyTheListTells(t *testing.T) {
	f := newFake(person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		a, err := d.Prepare(t.Context(), admin, "jo", false)
		if err != nil {
			t.Fatal(err)
		}
		after, err := d.SetActive(t.Context(), admin, a, false)
		if err != nil || after.Enabled || !after.LastLogin.Never() || !after.IsAdmin() {
			t.Errorf("got %+v, %v", after, err)
		}
		if f.count("list") != 1 || f.count("deactivate") != 1 {
			t.Errorf("calls: %v", f.calls)
		}
	})
}

func TestChangesThatAreRefusedHere(t *testing.T) {
	builtIn := wallaroo.User{ID: "admin", Username: "admin", Enabled: true}
	withMail := person("admin2", true)
	withMail.Username = "Admin"
	twin := person("twin", true)
	twin.Email = "JO@example.com"
	locked := person("locked", true)
	locked.Access.Manage = wallaroo.PermissionDenied
	off := person("off", false)
	for name, row := range map[string]struct {
		id     string
		active bool
		want   directory.Reason
	}{
		"one's own account":                               {"me", false, directory.OwnAccount},
		"an account without an email":                     {"admin", true, directory.MissingEmail},
		"a protected account, in another case":            {"admin2", false, directory.ProtectedAccount},
		"an email that two have, in another case":         {"jo", false, directory.AmbiguousEmail},
		"the other of the two":                            {"twin", false, directory.AmbiguousEmail},
		"an account that the API says may not be managed": {"locked", false, directory.NotAllowed},
		"an ordinary one":                                 {"off", true, ""},
		"activating one's own":                            {"me", true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(person("me", true), person("jo", true), builtIn, withMail, twin, locked, off)
			inBubble(t, f, func(t *testing.T, d *directory.Directory) {
				_, err := d.Prepare(t.Context(), admin, row.id, row.active)
				var r *directory.Refusal
				switch {
				case row.want == "" && err != nil:
					t.Errorf("refused: %v", err)
				case row.want != "" && (!errors.As(err, &r) || r.Reason != row.want):
					t.Errorf("got %v, want %s", err, row.want)
				}
			})
		})
	}
}

func TestTheAccountIsReadAfreshBeforeAChange(t *testing.T) {
	f := newFake(person("jo", true), person("flo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		read(t, d, directory.Patience{})
		f.change("jo", func(u *wallaroo.User) { u.Email = "flo@example.com" })
		_, err := d.Prepare(t.Context(), admin, "jo", false)
		var r *directory.Refusal
		if !errors.As(err, &r) || r.Reason != directory.AmbiguousEmail {
			t.Errorf("an email taken over meanwhile: %v", err)
		}
		if _, err := d.Prepare(t.Context(), admin, "gone", false); !errors.Is(err, directory.ErrNoAccount) {
			t.Errorf("an unknown id: %v", err)
		}
	})
}

// It signs out elsewhere, and the list is gone, while the account is read.
func TestAnAccountIsAsItWasReadThoughItsListIsDroppedMeanwhile(t *testing.T) {
	f := newFake(person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		read(t, d, directory.Patience{})
		f.change("jo", func(u *wallaroo.User) { u.Enabled = false })
		f.byID = func(string) error { d.Forget(admin.Key); return nil }
		a, err := d.Account(t.Context(), admin, "jo", directory.Patience{})
		if err != nil || a.Enabled || !a.LastLogin.Never() {
			t.Errorf("got %+v, %v", a.Account, err)
		}
	})
}

func TestWhatBecameOfAChangeWithoutAnAnswer(t *testing.T) {
	for name, row := range map[string]struct {
		prepare func(*fakeAPI)
		want    error
		enabled bool
	}{
		"done, but the answer was lost":  {func(f *fakeAPI) { f.act = timeout }, nil, false},
		"not done, and no answer":        {func(f *fakeAPI) { f.failFast = timeout }, directory.ErrPending, true},
		"not done, and its own error":    {func(f *fakeAPI) { f.failFast = broken(http.StatusInternalServerError) }, wallaroo.ErrServer, true},
		"not done, and a proxy's error":  {func(f *fakeAPI) { f.failFast = broken(http.StatusBadGateway) }, directory.ErrPending, true},
		"refused":                        {func(f *fakeAPI) { f.failFast = refusal }, wallaroo.ErrForbidden, true},
		"said done, but nothing changed": {func(f *fakeAPI) { f.users["jo"] = hidden(f.users["jo"]) }, directory.ErrUnchanged, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(person("jo", true))
			inBubble(t, f, func(t *testing.T, d *directory.Directory) {
				a, err := d.Prepare(t.Context(), admin, "jo", false)
				if err != nil {
					t.Fatal(err)
				}
				row.prepare(f)
				after, err := d.SetActive(t.Context(), admin, a, false)
				if !errors.Is(err, row.want) || (row.want == nil) != (err == nil) || after.Enabled != row.enabled {
					t.Errorf("got %v, enabled %v", err, after.Enabled)
				}
				if f.count("deactivate") != 1 {
					t.Errorf("sent %d times", f.count("deactivate"))
				}
			})
		})
	}
}

func broken(status int) func(op, id string) error {
	return func(op, _ string) error {
		return &wallaroo.Error{Op: op, Kind: wallaroo.ErrServer, Status: status, Sent: true}
	}
}

// hidden makes an account that the API's change doesn't find, though it says
// that it did.
func hidden(u wallaroo.User) wallaroo.User {
	u.Email = "another@example.com"
	return u
}

func TestAChangeIsUnknownWhenTheAccountCannotBeReadEither(t *testing.T) {
	f := newFake(person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		a, err := d.Prepare(t.Context(), admin, "jo", false)
		if err != nil {
			t.Fatal(err)
		}
		f.act, f.byID = timeout, func(string) error { return down }
		if _, err := d.SetActive(t.Context(), admin, a, false); !errors.Is(err, directory.ErrUnknown) {
			t.Errorf("got %v", err)
		}
	})
}

func TestInvitations(t *testing.T) {
	rejected := func(op, _ string) error {
		return &wallaroo.Error{Op: op, Kind: wallaroo.ErrRejected, Status: 400, Sent: true}
	}
	var member *directory.MemberError
	for name, row := range map[string]struct {
		prepare func(*fakeAPI)
		want    func(error) bool
	}{
		"sent":                    {func(*fakeAPI) {}, func(err error) bool { return err == nil }},
		"the seats are full":      {func(f *fakeAPI) { f.failFast = refusal }, is(wallaroo.ErrForbidden)},
		"done, but no answer":     {func(f *fakeAPI) { f.act = timeout }, is(directory.ErrInvitedUnseen)},
		"not done, and no answer": {func(f *fakeAPI) { f.failFast = timeout }, is(directory.ErrPending)},
		"not done, and its own error": {func(f *fakeAPI) { f.failFast = broken(http.StatusInternalServerError) }, func(err error) bool {
			return errors.Is(err, wallaroo.ErrServer) && !errors.Is(err, directory.ErrPending)
		}},
		"not done, and a list that may be cut": {func(f *fakeAPI) {
			f.failFast = broken(http.StatusInternalServerError)
			for i := range 99 {
				u := person(fmt.Sprint(i), true)
				f.users[u.ID] = u
			}
		}, is(directory.ErrPending)},
		"rejected for another reason": {func(f *fakeAPI) { f.failFast = rejected }, is(wallaroo.ErrRejected)},
		"made a member by other hands meanwhile": {func(f *fakeAPI) {
			f.users["x"] = wallaroo.User{ID: "x", Username: "New@example.com"}
			f.failFast = rejected
		}, func(err error) bool { return errors.As(err, &member) && member.Account.ID == "x" }},
		"no answer, and the list is gone too": {func(f *fakeAPI) {
			f.act = timeout
			f.list = func() error { return down }
		}, is(directory.ErrUnknown)},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(person("jo", true))
			inBubble(t, f, func(t *testing.T, d *directory.Directory) {
				if err := d.CheckInvite(t.Context(), admin, "new@example.com"); err != nil {
					t.Fatal(err)
				}
				row.prepare(f)
				got, err := d.Invite(t.Context(), admin, "new@example.com", "")
				if !row.want(err) {
					t.Errorf("got %v", err)
				}
				if err == nil && (got.Password != "made-up" || read(t, d, directory.Patience{}).Total != 2) {
					t.Errorf("got %+v", got)
				}
				if f.count("invite") != 1 {
					t.Errorf("sent %d times", f.count("invite"))
				}
			})
		})
	}
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func TestAMemberIsKnownInAnyCase(t *testing.T) {
	f := newFake(person("jo", false))
	f.users["flo"] = wallaroo.User{ID: "flo", Username: "Flo@Example.com"}
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		for email, id := range map[string]string{"JO@EXAMPLE.COM": "jo", "flo@example.com": "flo"} {
			var member *directory.MemberError
			if err := d.CheckInvite(t.Context(), admin, email); !errors.As(err, &member) || member.Account.ID != id {
				t.Errorf("%s: %v", email, err)
			}
		}
	})
}

func TestDetailsJoinBothAnswers(t *testing.T) {
	jo := person("jo", true)
	jo.FederatedIdentities = []wallaroo.FederatedIdentity{{Provider: "google"}}
	f := newFake(jo)
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		a, err := d.Account(t.Context(), admin, "jo", directory.Patience{})
		if err != nil || !a.LastLogin.Never() || !a.IsAdmin() || len(a.FederatedIdentities) != 1 || len(a.Raw) == 0 || !a.RolesKnown {
			t.Errorf("got %+v, %v", a, err)
		}
		if _, err := d.Account(t.Context(), admin, "nobody", directory.Patience{}); !errors.Is(err, directory.ErrNoAccount) {
			t.Errorf("an unknown id: %v", err)
		}
	})
}
