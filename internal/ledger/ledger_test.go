package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/ledger"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
)

// minute is a time of day, for reads that take ten seconds.
func minute(n int) time.Time {
	return time.Date(2026, 3, 4, 14, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
}

// notebook keeps what was recorded, if the transaction that it was recorded in
// went well, as the activity log does.
type notebook struct {
	db    *store.DB
	mu    sync.Mutex
	lines []string
	all   []ledger.Change
	fail  func(ledger.Change) error // in the transaction, for each change
	after func() error              // once it is committed
}

func (n *notebook) record(ctx context.Context, changes []ledger.Change, write ledger.Write) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	tx, err := n.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := write(ctx, tx); err != nil {
		return err
	}
	for _, c := range changes {
		if n.fail != nil {
			if err := n.fail(c); err != nil {
				return err
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, c := range changes {
		n.lines, n.all = append(n.lines, line(c)), append(n.all, c)
	}
	if n.after != nil {
		return n.after()
	}
	return nil
}

func line(c ledger.Change) string {
	text := fmt.Sprintf("%s %s %s %s-%s", c.Kind, c.Account.ID, c.Account.Email, c.Since.Format("15:04:05"), c.Until.Format("15:04:05"))
	if c.OldEmail != "" {
		text += " was " + c.OldEmail
	}
	if c.Count > 1 {
		text += fmt.Sprintf(" x%d", c.Count)
	}
	if c.Note != "" {
		text += " (" + c.Note + ")"
	}
	return text
}

// wrote fails the test unless exactly these lines were recorded.
func (n *notebook) wrote(t *testing.T, want ...string) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Equal(n.lines, want) {
		t.Errorf("recorded:\n  %s\nwant:\n  %s", strings.Join(n.lines, "\n  "), strings.Join(want, "\n  "))
	}
}

func (n *notebook) book(db *store.DB) *ledger.Ledger {
	n.db = db
	return ledger.New(db.DB, ledger.Options{Record: n.record, Logger: slog.New(slog.DiscardHandler)})
}

// person is an active account with the address id@example.com.
func person(id string) ledger.Account {
	return ledger.Account{ID: id, Email: id + "@example.com", Name: strings.ToUpper(id), Enabled: true}
}

func inactive(a ledger.Account) ledger.Account {
	a.Enabled = false
	return a
}

func withEmail(a ledger.Account, email string) ledger.Account {
	a.Email = email
	return a
}

func people(ids ...string) []ledger.Account {
	all := make([]ledger.Account, len(ids))
	for i, id := range ids {
		all[i] = person(id)
	}
	return all
}

// numbered are n accounts.
func numbered(n int) []ledger.Account {
	all := make([]ledger.Account, n)
	for i := range all {
		all[i] = person(fmt.Sprintf("n%05d", i))
	}
	return all
}

// read observes a read that began at a minute and took ten seconds.
func read(t *testing.T, l *ledger.Ledger, at int, accounts ...ledger.Account) {
	t.Helper()
	if err := l.Observe(t.Context(), accounts, minute(at), minute(at).Add(10*time.Second)); err != nil {
		t.Fatal(err)
	}
}

func TestTheDifferenceOfTwoReadsIsReported(t *testing.T) {
	jo, flo := person("jo"), person("flo")
	rows := []struct {
		name          string
		before, after []ledger.Account
		want          []string
	}{
		{"nothing has changed", people("jo", "flo"), people("jo", "flo"), nil},
		{"only the order has", people("jo", "flo"), people("flo", "jo"), nil},
		{"only a name has", people("jo"), []ledger.Account{{ID: "jo", Email: jo.Email, Name: "Joanna", Enabled: true}}, nil},
		{"somebody appeared", people("jo"), people("jo", "flo"), []string{"appeared flo flo@example.com 14:00:00-14:01:10"}},
		{"somebody vanished", people("jo", "flo"), people("jo"), []string{"vanished flo flo@example.com 14:00:00-14:01:10"}},
		{"one was deactivated", people("jo", "flo"), []ledger.Account{inactive(jo), flo}, []string{"deactivated jo jo@example.com 14:00:00-14:01:10"}},
		{"one was activated", []ledger.Account{inactive(jo)}, people("jo"), []string{"activated jo jo@example.com 14:00:00-14:01:10"}},
		{"one got another email", people("jo"), []ledger.Account{withEmail(jo, "joe@example.com")}, []string{"email-changed jo joe@example.com 14:00:00-14:01:10 was jo@example.com"}},
		{"the email's case changed", people("jo"), []ledger.Account{withEmail(jo, "Jo@example.com")}, []string{"email-changed jo Jo@example.com 14:00:00-14:01:10 was jo@example.com"}},
		{"one lost its email", people("jo"), []ledger.Account{withEmail(jo, "")}, []string{"email-changed jo  14:00:00-14:01:10 was jo@example.com"}},
		{"an email and a status", people("jo"), []ledger.Account{inactive(withEmail(jo, "x@example.com"))}, []string{
			"email-changed jo x@example.com 14:00:00-14:01:10 was jo@example.com", "deactivated jo x@example.com 14:00:00-14:01:10",
		}},
		{"an address has a new account", people("jo"), []ledger.Account{withEmail(person("new"), jo.Email)}, []string{
			"vanished jo jo@example.com 14:00:00-14:01:10", "appeared new jo@example.com 14:00:00-14:01:10",
		}},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				var n notebook
				l := n.book(db)
				read(t, l, 0, row.before...)
				read(t, l, 1, row.after...)
				n.wrote(t, row.want...)
				read(t, l, 2, row.after...)
				n.wrote(t, row.want...)
				forget(t, db)
			})
		}
	})
}

func TestTheTimesAreThoseOfTheReadsNextToTheChange(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var n notebook
		l := n.book(db)
		read(t, l, 0, people("jo")...)
		read(t, l, 1, people("jo")...)
		read(t, l, 5, people("jo")...)
		read(t, l, 7, people("jo", "flo")...)
		read(t, l, 9, people("flo")...)
		n.wrote(t, "appeared flo flo@example.com 14:05:00-14:07:10", "vanished jo jo@example.com 14:07:00-14:09:10")
	})
}

func TestComparingGoesOnAfterARestart(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		var n notebook
		read(t, n.book(storetest.Open(t, url)), 0, people("jo")...)
		read(t, n.book(storetest.Open(t, url)), 60, people("jo", "flo")...)
		n.wrote(t, "appeared flo flo@example.com 14:00:00-15:00:10")
	})
}

func TestReadsThatAreNotWholeAreIgnored(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var n notebook
		l := n.book(db)
		read(t, l, 0, numbered(100)...) // not a first read either
		read(t, l, 1, numbered(102)...)
		read(t, l, 2, numbered(100)...)
		read(t, l, 3)
		read(t, l, 4, numbered(101)...)
		n.wrote(t, "vanished n00101 n00101@example.com 14:01:00-14:04:10")
	})
}

func TestAReadThatBeganBeforeTheLastOneEndedIsIgnored(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var n notebook
		l := n.book(db)
		read(t, l, 5, people("jo")...)
		for _, began := range []time.Time{minute(4), minute(5), minute(5).Add(9 * time.Second)} {
			if err := l.Observe(t.Context(), people("jo", "flo"), began, minute(6)); err != nil {
				t.Fatal(err)
			}
		}
		n.wrote(t)
		if err := l.Observe(t.Context(), people("jo", "flo"), minute(5).Add(10*time.Second), minute(6)); err != nil {
			t.Fatal(err)
		}
		n.wrote(t, "appeared flo flo@example.com 14:05:00-14:06:00")
	})
}

func TestOurOwnChangesAreLeftOut(t *testing.T) {
	jo, flo, kim := person("jo"), person("flo"), person("kim")
	ours := []string{"appeared kim", "deactivated jo", "appeared lee"}
	asked := 0
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var n notebook
		asked = 0
		n.db = db
		l := ledger.New(db.DB, ledger.Options{Record: n.record, Own: func(_ context.Context, since, until time.Time) (ledger.Judge, error) {
			asked++
			if !since.Equal(minute(1)) || !until.Equal(minute(2).Add(10*time.Second)) {
				t.Errorf("asked for %v to %v", since, until)
			}
			return func(c ledger.Change) (bool, string) {
				if c.Account.ID == "flo" {
					return false, "tried"
				}
				return slices.Contains(ours, string(c.Kind)+" "+c.Account.ID), ""
			}, nil
		}})
		read(t, l, 0, jo, flo)
		read(t, l, 1, jo, flo)
		read(t, l, 2, inactive(withEmail(jo, "x@example.com")), inactive(flo), kim, inactive(person("lee")))
		n.wrote(t,
			"deactivated flo flo@example.com 14:01:00-14:02:10 (tried)",
			"email-changed jo x@example.com 14:01:00-14:02:10 was jo@example.com",
			// Who was invited is active; somebody else has changed that.
			"deactivated lee lee@example.com 14:01:00-14:02:10")
		if asked != 1 {
			t.Errorf("our own changes were looked up %d times", asked)
		}
	})
}

func TestWhenOurOwnChangesCannotBeLookedUpTheNextReadTells(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var n notebook
		down := errors.New("down")
		n.db = db
		l := ledger.New(db.DB, ledger.Options{Record: n.record, Own: func(context.Context, time.Time, time.Time) (ledger.Judge, error) { return nil, down }})
		read(t, l, 0, people("jo")...)
		if err := l.Observe(t.Context(), people("jo", "flo"), minute(1), minute(1)); !errors.Is(err, down) {
			t.Fatal(err)
		}
		read(t, n.book(db), 2, people("jo", "flo")...)
		n.wrote(t, "appeared flo flo@example.com 14:00:00-14:02:10")
	})
}

func TestTooManyOfOneKindAreSummedUp(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var n notebook
		l := n.book(db)
		all := numbered(500)
		read(t, l, 0, all[:200]...)
		all[7] = inactive(all[7])
		read(t, l, 1, all[:401]...)
		n.wrote(t, "deactivated n00007 n00007@example.com 14:00:00-14:01:10", "appeared   14:00:00-14:01:10 x201")
		read(t, l, 2, all[:201]...)
		if got := len(n.lines); got != 2+200 {
			t.Errorf("200 that vanished made it %d lines", got)
		}
	})
}

func TestAStoredListThatCannotBeReadIsReplaced(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for _, broken := range []string{"broken", ""} {
			var n notebook
			l := n.book(db)
			read(t, l, 0, people("jo")...)
			if _, err := db.ExecContext(t.Context(), `UPDATE users_snapshot SET accounts = $1`, []byte(broken)); err != nil {
				t.Fatal(err)
			}
			read(t, l, 1, people("flo")...)
			n.wrote(t)
			read(t, l, 2, people("jo")...)
			n.wrote(t, "vanished flo flo@example.com 14:01:00-14:02:10", "appeared jo jo@example.com 14:01:00-14:02:10")
			forget(t, db)
		}
	})
}

// A read that found nothing new costs two small statements, whatever the number
// of users: it neither needs nor writes the accounts.
func TestAnUnchangedReadDoesNotTouchTheAccounts(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var n notebook
		l := n.book(db)
		read(t, l, 0, people("jo")...)
		if _, err := db.ExecContext(t.Context(), `UPDATE users_snapshot SET accounts = $1`, []byte("untouched")); err != nil {
			t.Fatal(err)
		}
		read(t, l, 1, people("jo")...)
		var accounts []byte
		if err := db.QueryRowContext(t.Context(), `SELECT accounts FROM users_snapshot`).Scan(&accounts); err != nil || string(accounts) != "untouched" {
			t.Errorf("the list was written: %q, %v", accounts, err)
		}
	})
}

func TestPruneForgetsAnOldList(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		var n notebook
		l := n.book(db)
		read(t, l, 0, people("jo")...)
		if err := l.Prune(t.Context(), minute(0)); err != nil {
			t.Fatal(err)
		}
		if lists(t, db) != 1 {
			t.Error("a list that is young enough is gone")
		}
		if err := l.Prune(t.Context(), minute(1)); err != nil {
			t.Fatal(err)
		}
		if lists(t, db) != 0 {
			t.Error("names and addresses are still there")
		}
		read(t, l, 2, people("flo")...)
		n.wrote(t)
	})
}

// forget makes the next read the first.
func forget(t *testing.T, db *store.DB) {
	t.Helper()
	if err := new(notebook).book(db).Prune(t.Context(), minute(1000)); err != nil {
		t.Fatal(err)
	}
}

// lists counts the lists that are kept.
func lists(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM users_snapshot`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
