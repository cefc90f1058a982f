package directory_test

import (
	"errors"
	"testing"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/testing/fakeapi"
	"wallaroo-user-admin/internal/wallaroo"
)

func TestDetailsJoinBothAnswers(t *testing.T) {
	jo := fakeapi.Person("jo", true)
	jo.FederatedIdentities = []wallaroo.FederatedIdentity{{Provider: "google"}}
	f := fakeapi.New(jo, wallaroo.User{ID: "flo"})
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		a, err := d.Account(t.Context(), admin, "jo", directory.ReadOptions{})
		if err != nil || !a.LastLogin.Never() || !a.IsAdmin() || len(a.FederatedIdentities) != 1 || len(a.Raw) == 0 {
			t.Errorf("got %+v, %v", a, err)
		}
		// Roles are told of others, so that an account without any has none.
		if flo, err := d.Account(t.Context(), admin, "flo", directory.ReadOptions{}); err != nil || flo.RealmRoles == nil || flo.IsAdmin() {
			t.Errorf("got %+v, %v", flo, err)
		}
		if _, err := d.Account(t.Context(), admin, "nobody", directory.ReadOptions{}); !errors.Is(err, directory.ErrNoAccount) {
			t.Errorf("an unknown id: %v", err)
		}
	})
}

// While the account is read, the administrator signs out in another browser, so the cached list is gone.
func TestAnAccountIsAsItWasReadThoughItsListIsDroppedMeanwhile(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		read(t, d, directory.ReadOptions{})
		f.Edit("jo", func(u *wallaroo.User) { u.Enabled = wallaroo.False })
		f.OnByID = func(string) error { d.Forget(admin.Key); return nil }
		a, err := d.Account(t.Context(), admin, "jo", directory.ReadOptions{})
		if err != nil || a.Enabled != wallaroo.False || !a.LastLogin.Never() {
			t.Errorf("got %+v, %v", a.Account, err)
		}
	})
}

func TestAnAccountIsReadAfreshForAChange(t *testing.T) {
	f := fakeapi.New(fakeapi.Person("jo", true), fakeapi.Person("flo", true))
	inBubble(t, f, func(t *testing.T, d *directory.Directory) {
		read(t, d, directory.ReadOptions{})
		f.Edit("jo", func(u *wallaroo.User) { u.Email = "flo@example.com" })
		if a, err := d.ForChange(t.Context(), admin, "jo"); err != nil || !a.Has(directory.SharedEmail) || !a.LastLogin.Never() {
			t.Errorf("an email taken over meanwhile: %+v, %v", a, err)
		}
		if _, err := d.ForChange(t.Context(), admin, "gone"); !errors.Is(err, directory.ErrNoAccount) {
			t.Errorf("an unknown id: %v", err)
		}
		f.OnList = func() error { return down }
		if _, err := d.Read(t.Context(), admin, directory.ReadOptions{Fresh: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.ForChange(t.Context(), admin, "jo"); !errors.Is(err, down) {
			t.Errorf("with a stale list: %v", err)
		}
	})
}
