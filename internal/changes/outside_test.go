package changes

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
	"wallaroo-user-admin/internal/wallaroo"
)

// comparing is a Comparer with an audit log and a clock of its own.
type comparing struct {
	*Comparer
	t   *testing.T
	now time.Time
}

func newComparing(t *testing.T, db *store.DB) *comparing {
	c := &comparing{t: t, now: minute(0)}
	log, err := audit.New(db.DB, audit.Options{Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return c.now }})
	if err != nil {
		t.Fatal(err)
	}
	c.Comparer = NewComparer(db.DB, log, 10*time.Minute, slog.New(slog.DiscardHandler))
	return c
}

// read compares a read that began at a minute and took ten seconds.
func (c *comparing) read(at int, users ...wallaroo.User) {
	c.t.Helper()
	if err := c.compareWithLast(c.t.Context(), users, minute(at), minute(at).Add(10*time.Second)); err != nil {
		c.t.Fatal(err)
	}
}

// try writes a change that began and was settled at these times of day; without an outcome it stays open.
func (c *comparing) try(action audit.Action, target audit.Target, begun, settled string, outcome audit.Outcome) {
	c.t.Helper()
	c.now = clock(c.t, begun)
	id, err := c.log.Intent(c.t.Context(), audit.Event{Action: action, Target: target})
	if err == nil && outcome != "" {
		c.now = clock(c.t, settled)
		err = c.log.Outcome(c.t.Context(), id, outcome, "", audit.Target{})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// written returns the events of changes by others, oldest first.
func (c *comparing) written() (events []audit.Event) {
	c.t.Helper()
	err := c.log.Each(c.t.Context(), audit.Filter{}, func(e audit.Event) error {
		if strings.HasPrefix(string(e.Action), "outside.") {
			events = append(events, e)
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	slices.Reverse(events)
	return events
}

// wrote fails the test unless the log has exactly these changes by others.
func (c *comparing) wrote(want ...string) {
	c.t.Helper()
	var lines []string
	for _, e := range c.written() {
		lines = append(lines, line(e))
	}
	if !slices.Equal(lines, want) {
		c.t.Errorf("written:\n  %s\nwant:\n  %s", strings.Join(lines, "\n  "), strings.Join(want, "\n  "))
	}
}

// forget makes the next read the first, and empties the audit log.
func (c *comparing) forget() {
	c.t.Helper()
	_, err := c.log.Prune(c.t.Context(), minute(10_000))
	if err := errors.Join(err, c.Prune(c.t.Context(), minute(10_000))); err != nil {
		c.t.Fatal(err)
	}
}

func line(e audit.Event) string {
	const layout = "15:04:05"
	text := fmt.Sprintf("%s %s %s %s-%s", strings.TrimPrefix(string(e.Action), "outside."), e.Target.ID, e.Target.Email, e.Observed.Since.Format(layout), e.Observed.Until.Format(layout))
	if e.Old != "" {
		text += " was " + e.Old
	}
	if e.Observed.Accounts > 1 {
		text += fmt.Sprintf(" x%d", e.Observed.Accounts)
	}
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	return text
}

// minute is a time of day of a read that takes ten seconds.
func minute(n int) time.Time {
	return time.Date(2026, 3, 4, 14, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Minute)
}

func clock(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateTime, "2026-03-04 "+text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// lists counts the stored lists.
func lists(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM users_snapshot`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// person returns an active account with the address id@example.com.
func person(id string) wallaroo.User {
	return wallaroo.User{ID: id, Email: id + "@example.com", FirstName: strings.ToUpper(id), Enabled: wallaroo.True}
}

func inactive(a wallaroo.User) wallaroo.User {
	a.Enabled = wallaroo.False
	return a
}

func untold(a wallaroo.User) wallaroo.User {
	a.Enabled = wallaroo.Unknown
	return a
}

func withEmail(a wallaroo.User, email string) wallaroo.User {
	a.Email = email
	return a
}

func people(ids ...string) []wallaroo.User {
	all := make([]wallaroo.User, len(ids))
	for i, id := range ids {
		all[i] = person(id)
	}
	return all
}

// numbered returns n accounts.
func numbered(n int) []wallaroo.User {
	all := make([]wallaroo.User, n)
	for i := range all {
		all[i] = person(fmt.Sprintf("n%05d", i))
	}
	return all
}

func TestTheDifferenceOfTwoReadsIsReported(t *testing.T) {
	jo, flo := person("jo"), person("flo")
	rows := []struct {
		name          string
		before, after []wallaroo.User
		want          []string
	}{
		{"nothing has changed", people("jo", "flo"), people("jo", "flo"), nil},
		{"only the order has", people("jo", "flo"), people("flo", "jo"), nil},
		{"only a name has", people("jo"), []wallaroo.User{{ID: "jo", Email: jo.Email, FirstName: "Joanna", Enabled: wallaroo.True}}, nil},
		{"somebody appeared", people("jo"), people("jo", "flo"), []string{"appeared flo flo@example.com 14:00:00-14:01:10"}},
		{"somebody vanished", people("jo", "flo"), people("jo"), []string{"vanished flo flo@example.com 14:00:00-14:01:10"}},
		{"one was deactivated", people("jo", "flo"), []wallaroo.User{inactive(jo), flo}, []string{"deactivated jo jo@example.com 14:00:00-14:01:10"}},
		{"one was activated", []wallaroo.User{inactive(jo)}, people("jo"), []string{"activated jo jo@example.com 14:00:00-14:01:10"}},
		{"a status is not told any more", people("jo"), []wallaroo.User{untold(jo)}, nil},
		{"a deactivated one's is not", []wallaroo.User{inactive(jo)}, []wallaroo.User{untold(jo)}, nil},
		{"a status is told: active", []wallaroo.User{untold(jo)}, people("jo"), nil},
		{"a status is told: deactivated", []wallaroo.User{untold(jo)}, []wallaroo.User{inactive(jo)}, nil},
		{"one of unknown status appeared", people("jo"), []wallaroo.User{jo, untold(flo)}, []string{"appeared flo flo@example.com 14:00:00-14:01:10"}},
		{"one got another email", people("jo"), []wallaroo.User{withEmail(jo, "joe@example.com")}, []string{"email-changed jo joe@example.com 14:00:00-14:01:10 was jo@example.com"}},
		{"the email's case changed", people("jo"), []wallaroo.User{withEmail(jo, "Jo@example.com")}, []string{"email-changed jo Jo@example.com 14:00:00-14:01:10 was jo@example.com"}},
		{"one lost its email", people("jo"), []wallaroo.User{withEmail(jo, "")}, []string{"email-changed jo  14:00:00-14:01:10 was jo@example.com"}},
		{"an email and a status", people("jo"), []wallaroo.User{inactive(withEmail(jo, "x@example.com"))}, []string{
			"email-changed jo x@example.com 14:00:00-14:01:10 was jo@example.com", "deactivated jo x@example.com 14:00:00-14:01:10",
		}},
		{"an address has a new account", people("jo"), []wallaroo.User{withEmail(person("new"), jo.Email)}, []string{
			"vanished jo jo@example.com 14:00:00-14:01:10", "appeared new jo@example.com 14:00:00-14:01:10",
		}},
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				c := newComparing(t, db)
				c.read(0, row.before...)
				c.read(1, row.after...)
				c.wrote(row.want...)
				c.read(2, row.after...)
				c.wrote(row.want...)
				c.forget()
			})
		}
	})
}

func TestTheTimesAreThoseOfTheReadsNextToTheChange(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newComparing(t, db)
		c.read(0, people("jo")...)
		c.read(1, people("jo")...)
		c.read(5, people("jo")...)
		c.read(7, people("jo", "flo")...)
		c.read(9, people("flo")...)
		c.wrote("appeared flo flo@example.com 14:05:00-14:07:10", "vanished jo jo@example.com 14:07:00-14:09:10")
	})
}

func TestAStatusThatIsNotToldForAWhileMakesNoEvent(t *testing.T) {
	jo := person("jo")
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newComparing(t, db)
		c.read(0, jo)
		c.read(1, untold(jo))
		c.read(2, untold(jo))
		c.read(3, jo)
		c.read(4, untold(jo))
		c.read(5, inactive(jo)) // when it happened can't be told
		c.wrote()
		c.read(6, jo)
		c.wrote("activated jo jo@example.com 14:05:00-14:06:10")
	})
}

func TestComparingGoesOnAfterARestart(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		newComparing(t, storetest.Open(t, url)).read(0, people("jo")...)
		c := newComparing(t, storetest.Open(t, url))
		c.read(60, people("jo", "flo")...)
		c.wrote("appeared flo flo@example.com 14:00:00-15:00:10")
	})
}

func TestReadsThatAreNotWholeAreIgnored(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newComparing(t, db)
		c.read(0, numbered(100)...) // not a first read either
		c.read(1, numbered(102)...)
		c.read(2, numbered(100)...)
		c.read(3)
		c.read(4, numbered(101)...)
		c.wrote("vanished n00101 n00101@example.com 14:01:00-14:04:10")
	})
}

func TestAReadThatBeganBeforeTheLastOneEndedIsIgnored(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newComparing(t, db)
		c.read(5, people("jo")...)
		for _, began := range []time.Time{minute(4), minute(5), minute(5).Add(9 * time.Second)} {
			if err := c.compareWithLast(t.Context(), people("jo", "flo"), began, minute(6)); err != nil {
				t.Fatal(err)
			}
		}
		c.wrote()
		if err := c.compareWithLast(t.Context(), people("jo", "flo"), minute(5).Add(10*time.Second), minute(6)); err != nil {
			t.Fatal(err)
		}
		c.wrote("appeared flo flo@example.com 14:05:00-14:06:00")
	})
}

func TestOurOwnChangesAreLeftOut(t *testing.T) {
	jo, flo, kim := person("jo"), person("flo"), person("kim")
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newComparing(t, db)
		c.read(0, jo, flo)
		c.read(1, jo, flo)
		c.try(audit.Invite, audit.Target{Email: "kim@example.com"}, "14:01:30", "14:01:31", audit.Done)
		c.try(audit.Invite, audit.Target{Email: "lee@example.com"}, "14:01:32", "14:01:33", audit.Done)
		c.try(audit.Deactivate, audit.Target{ID: "jo"}, "14:01:34", "14:01:35", audit.Done)
		c.try(audit.Deactivate, audit.Target{ID: "flo"}, "14:01:36", "14:01:37", audit.Failed)
		c.read(2, inactive(withEmail(jo, "x@example.com")), inactive(flo), kim, inactive(person("lee")))
		c.wrote(
			"deactivated flo flo@example.com 14:01:00-14:02:10 (It was tried from here shortly before, and failed)",
			"email-changed jo x@example.com 14:01:00-14:02:10 was jo@example.com",
			// Who was invited is active; somebody else has changed that.
			"deactivated lee lee@example.com 14:01:00-14:02:10")
	})
}

func TestWhenOurOwnChangesCannotBeLookedUpTheNextReadTells(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		c, down := newComparing(t, storetest.Open(t, url)), errors.New("down")
		c.read(0, people("jo")...)
		gone, err := store.Open(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		blind := NewComparer(c.db, newComparing(t, gone).log, time.Minute, slog.New(slog.DiscardHandler))
		blind.record = func(context.Context, []audit.Event, func(context.Context, *sql.Tx) error) error {
			t.Error("it went on")
			return down
		}
		if err := gone.Close(); err != nil {
			t.Fatal(err)
		}
		if err := blind.compareWithLast(t.Context(), people("jo", "flo"), minute(1), minute(1)); err == nil || errors.Is(err, down) {
			t.Fatal(err)
		}
		c.read(2, people("jo", "flo")...)
		c.wrote("appeared flo flo@example.com 14:00:00-14:02:10")
	})
}

func TestAChangeByOthersIsWrittenAsNobodysWithWhatIsKnown(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newComparing(t, db)
		c.read(0, people("jo")...)
		c.read(1, withEmail(person("jo"), "x@example.com"), wallaroo.User{ID: "flo", Username: "flo"})
		seen := audit.Observation{Since: minute(0), Until: minute(1).Add(10 * time.Second), Accounts: 1}
		want := []audit.Event{
			{Action: audit.OutsideAppeared, Target: audit.Target{ID: "flo", Name: "flo"}, Observed: seen},
			{Action: audit.OutsideEmail, Target: audit.Target{ID: "jo", Email: "x@example.com", Name: "JO"}, Old: "jo@example.com", New: "x@example.com", Observed: seen},
		}
		got := c.written()
		if len(got) != len(want) {
			t.Fatalf("written: %+v", got)
		}
		for i := range got {
			want[i].ID, want[i].Outcome, want[i].Time, want[i].Settled = got[i].ID, audit.Done, c.now, c.now
			if got[i] != want[i] {
				t.Errorf("got  %+v\nwant %+v", got[i], want[i])
			}
		}
	})
}

// What follows a read runs in the background, so its errors are logged.
func TestAReadThatCannotBeComparedIsLogged(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newComparing(t, db)
		var lines bytes.Buffer
		c.logger = slog.New(slog.NewTextHandler(&lines, nil))
		ctx, cancel := context.WithCancel(t.Context())
		c.UsersRead(ctx, people("jo"), minute(0), minute(0))
		cancel()
		c.UsersRead(ctx, people("flo"), minute(1), minute(1))
		if text := lines.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "level=WARN") {
			t.Errorf("the log has %q", text)
		}
	})
}

func TestTooManyOfOneKindAreSummedUp(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newComparing(t, db)
		all := numbered(500)
		c.read(0, all[:200]...)
		all[7] = inactive(all[7])
		c.read(1, all[:401]...)
		c.wrote("deactivated n00007 n00007@example.com 14:00:00-14:01:10", "appeared   14:00:00-14:01:10 x201")
		c.read(2, all[:201]...)
		if got := len(c.written()); got != 2+200 {
			t.Errorf("200 that vanished made it %d lines", got)
		}
	})
}

func TestAStoredListThatCannotBeReadIsReplaced(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		for _, broken := range []string{"broken", ""} {
			c := newComparing(t, db)
			c.read(0, people("jo")...)
			if _, err := db.ExecContext(t.Context(), `UPDATE users_snapshot SET accounts = $1`, []byte(broken)); err != nil {
				t.Fatal(err)
			}
			c.read(1, people("flo")...)
			c.wrote()
			c.read(2, people("jo")...)
			c.wrote("vanished flo flo@example.com 14:01:00-14:02:10", "appeared jo jo@example.com 14:01:00-14:02:10")
			c.forget()
		}
	})
}

// A read that found nothing new costs two small statements whatever the number of users: it neither reads nor writes
// the stored accounts.
func TestAnUnchangedReadDoesNotTouchTheAccounts(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newComparing(t, db)
		c.read(0, people("jo")...)
		if _, err := db.ExecContext(t.Context(), `UPDATE users_snapshot SET accounts = $1`, []byte("untouched")); err != nil {
			t.Fatal(err)
		}
		c.read(1, people("jo")...)
		var accounts []byte
		if err := db.QueryRowContext(t.Context(), `SELECT accounts FROM users_snapshot`).Scan(&accounts); err != nil || string(accounts) != "untouched" {
			t.Errorf("the list was written: %q, %v", accounts, err)
		}
	})
}

func TestPruneForgetsAnOldList(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c := newComparing(t, db)
		c.read(0, people("jo")...)
		if err := c.Prune(t.Context(), minute(0)); err != nil {
			t.Fatal(err)
		}
		if lists(t, db) != 1 {
			t.Error("a list that is young enough is gone")
		}
		if err := c.Prune(t.Context(), minute(1)); err != nil {
			t.Fatal(err)
		}
		if lists(t, db) != 0 {
			t.Error("names and addresses are still there")
		}
		c.read(2, people("flo")...)
		c.wrote()
	})
}
