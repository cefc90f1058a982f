package store_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/changes"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
	"wallaroo-user-admin/internal/wallaroo"
)

// version4 is the content of a database of schema version 4: it wrote changes of each kind, found four more, and died
// after writing the first of those. Both engines had the same rows.
func version4(t *testing.T) map[string][]map[string]any {
	t.Helper()
	text, err := os.ReadFile("testdata/version4.json")
	if err != nil {
		t.Fatal(err)
	}
	var tables map[string][]map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&tables); err != nil {
		t.Fatal(err)
	}
	for _, rows := range tables {
		for _, row := range rows {
			for column, value := range row {
				row[column] = asStored(t, value)
			}
		}
	}
	return tables
}

// asStored returns a JSON value as a driver takes it.
func asStored(t *testing.T, value any) any {
	t.Helper()
	stored := value
	var err error
	switch v := value.(type) {
	case json.Number:
		stored, err = v.Int64()
	case map[string]any:
		stored, err = base64.StdEncoding.DecodeString(v["base64"].(string)) //nolint:forcetypeassert // our own file
	}
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// left opens a database as a server of version 4 left it.
func left(t *testing.T, url string) *store.DB {
	t.Helper()
	db := store.OpenAt(t, url, 4)
	for table, rows := range version4(t) {
		for _, row := range rows {
			columns := slices.Sorted(maps.Keys(row))
			values, marks := make([]any, len(columns)), make([]string, len(columns))
			for i, column := range columns {
				values[i], marks[i] = row[column], fmt.Sprintf("$%d", i+1)
			}
			statement := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(marks, ", "))
			if _, err := db.ExecContext(t.Context(), statement, values...); err != nil {
				t.Fatal(table, err)
			}
		}
	}
	return db
}

func clock(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse("15:04:05.999", text)
	if err != nil {
		t.Fatal(err)
	}
	return at.AddDate(2026, 2, 3)
}

// told returns one line for a change by others.
func told(e audit.Event) string {
	const layout = "15:04:05.999"
	text := fmt.Sprintf("%s %s %s", e.Action, e.Target.ID, e.Target.Email)
	if !e.Observed.Since.IsZero() {
		text += fmt.Sprintf(" %s-%s x%d", e.Observed.Since.Format(layout), e.Observed.Until.Format(layout), e.Observed.Accounts)
	}
	if e.Old != "" || e.New != "" {
		text += fmt.Sprintf(" %q to %q", e.Old, e.New)
	}
	return strings.TrimSpace(text + " " + e.Detail)
}

// moved are the changes of testdata/version4.json, newest first, except for those of one time.
func moved() []string {
	const failed = " It was tried from here shortly before, and failed"
	long, longer := strings.Repeat("l", 300)+"@example.com", strings.Repeat("n", 300)+"@example.com"
	return []string{
		// Those that were not written down yet, but for the third, keep the milliseconds.
		"outside.appeared   14:05:00.4-14:06:02.9 x300",
		`outside.deactivated id-zoe zoë .new@example.com 14:05:00.4-14:06:02.9 x1`,
		`outside.email-changed id-zoe zoë .new@example.com 14:05:00.4-14:06:02.9 x1 "" to "zoë .new@example.com"`,
		"outside.deactivated id-jo jo.new@example.com 14:05:00-14:06:03 x1" + failed,
		"outside.appeared id-old old@example.com Between 2026-03-04 14:02:11 and 14:03:40 UTC", // by an early version
		"outside.activated id-kim kim@example.com 14:04:00-14:05:03 x1",
		"outside.vanished   14:04:00-14:05:03 x250",
		`outside.email-changed id-jo jo.new@example.com 14:03:00-14:04:03 x1 "jo@example.com" to "jo.new@example.com"`,
		`outside.email-changed id-lee lee@example.com 14:03:00-14:04:03 x1 "" to "lee@example.com"`,
		fmt.Sprintf(`outside.email-changed id-long %s 14:03:00-14:04:03 x1 %q to %q`, longer, long, longer),
		`outside.email-changed id-zoe  14:03:00-14:04:03 x1 "Zoë@example.com" to ""`,
		"outside.deactivated id-kim kim@example.com 14:02:00-14:03:03 x1" + failed,
		"outside.appeared id-new new@example.com 14:01:00-14:02:03 x1",
		"outside.vanished id-flo flo@example.com 14:01:00-14:02:03 x1",
	}
}

func trail(t *testing.T, db *store.DB) *audit.Log {
	t.Helper()
	log, err := audit.New(db.DB, audit.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// agrees fails the test unless the log has the changes of version 4, and the dashboard's own changes unaltered.
func agrees(t *testing.T, db *store.DB) {
	t.Helper()
	var got, ours []string
	err := trail(t, db).Each(t.Context(), audit.Filter{}, func(e audit.Event) error {
		if strings.HasPrefix(string(e.Action), "outside.") {
			got = append(got, told(e))
		} else {
			ours = append(ours, told(e))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := moved()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the log has\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	if slices.Sort(ours); !slices.Equal(ours, []string{
		"deactivate id-jo  503",
		"deactivate id-kim kim@example.com Between 2026-03-04T14:00:00Z and 2026-03-04T14:01:00Z, from x to y",
		"sign-in",
	}) {
		t.Errorf("what was done from here is %q", ours)
	}
}

func TestWhatVersion4LeftBehindIsMoved(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		left(t, url)
		db := storetest.Open(t, url)
		agrees(t, db)
		agrees(t, storetest.Open(t, url)) // a second start
		for query, want := range map[string]int{
			"from jo@example.com to jo.new@example.com": 1, "between 2026-03-04t14:03:00z": 4, "250 accounts at once": 1, "shortly before": 2,
			"from none": 2, "ZOE@example": 1, "zoe .new": 2, "14:02:11": 1,
		} {
			page, err := trail(t, db).List(t.Context(), audit.Filter{Query: query})
			if err != nil || page.Total != want {
				t.Errorf("a search for %q finds %d, want %d: %v", query, page.Total, want, err)
			}
		}
	})
}

func TestComparingGoesOnWithTheAccountsOfVersion4(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		left(t, url)
		db := storetest.Open(t, url)
		now := clock(t, "14:08:00")
		users := []wallaroo.User{
			{ID: "id-jo", Email: "jo.new@example.com", Enabled: wallaroo.False},
			{ID: "id-kim", Email: "kim@example.com", Enabled: wallaroo.True},
			{ID: "id-lee", Email: "lee@example.com", Enabled: wallaroo.False},
			{ID: "id-new", Email: "new@example.com", Enabled: wallaroo.True},
			{ID: "id-long", Email: strings.Repeat("n", 300) + "@example.com", Enabled: wallaroo.True},
		}
		for i := range 299 {
			users = append(users, wallaroo.User{ID: fmt.Sprintf("id-p%03d", i), Email: fmt.Sprintf("p%03d@example.com", i), Enabled: wallaroo.True})
		}
		changes.NewComparer(db.DB, trail(t, db), time.Minute, slog.New(slog.NewTextHandler(t.Output(), nil))).UsersRead(t.Context(), users, now, now)
		var found []string
		err := trail(t, db).Each(t.Context(), audit.Filter{}, func(e audit.Event) error {
			if e.Observed.Until.Equal(now) {
				found = append(found, fmt.Sprintf("%s %q", told(e), e.Target.Name))
			}
			return nil
		})
		if slices.Sort(found); err != nil || !slices.Equal(found, []string{
			`outside.deactivated id-lee lee@example.com 14:06:00.4-14:08:00 x1 "lee@example.com"`,
			`outside.vanished id-p299 p299@example.com 14:06:00.4-14:08:00 x1 "P299"`,
			`outside.vanished id-zoe zoë .new@example.com 14:06:00.4-14:08:00 x1 "Zoë Ångström"`,
		}) {
			t.Errorf("found %q, %v", found, err)
		}
	})
}

// In a rolling update a server of the previous version may still run. The stored time of the last read is an hour
// ahead, so it ignores its reads until then, and it has no accounts to compare with.
func TestAServerOfVersion4HasNothingToDo(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		old := left(t, url)
		storetest.Open(t, url)
		var version, ended int64
		var pending []byte
		var lists int
		err := old.QueryRowContext(t.Context(), `SELECT version, ended_at, pending, (SELECT count(*) FROM ledger_accounts) FROM ledger_state`).Scan(&version, &ended, &pending, &lists)
		if err != nil || version != 11 || pending != nil || lists != 0 || time.UnixMilli(ended).Before(time.Now().Add(50*time.Minute)) {
			t.Errorf("version %d, ended at %d, pending %q, %d lists, %v", version, ended, pending, lists, err)
		}
		var found []struct{ Key string }
		if err := json.Unmarshal(version4(t)["ledger_state"][0]["pending"].([]byte), &found); err != nil || len(found) != 4 { //nolint:forcetypeassert // our own file
			t.Fatal(found, err)
		}
		for _, c := range found {
			sum := sha256.Sum256([]byte("ledger\n" + c.Key))
			var n int
			err := old.QueryRowContext(t.Context(), `SELECT count(*) FROM audit_events WHERE once_hash = $1`, base64.RawURLEncoding.EncodeToString(sum[:])).Scan(&n)
			if err != nil || n != 1 {
				t.Errorf("the change %s is there %d times, %v", c.Key, n, err)
			}
		}
	})
}

func TestServersThatMoveAtOnceMoveOnce(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		left(t, url)
		var servers sync.WaitGroup
		for range 4 {
			servers.Go(func() {
				db, err := store.Open(t.Context(), url, store.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				_ = db.Close()
			})
		}
		servers.Wait()
		agrees(t, storetest.Open(t, url))
	})
}

// What can't be read is dropped: comparing starts anew, and the server starts.
func TestWhatOfVersion4CannotBeReadIsLeft(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		old := left(t, url)
		for _, statement := range []string{`UPDATE ledger_accounts SET accounts = $1`, `UPDATE ledger_state SET pending = $1`} {
			if _, err := old.ExecContext(t.Context(), statement, []byte("broken")); err != nil {
				t.Fatal(err)
			}
		}
		db := storetest.Open(t, url)
		var n int
		if err := db.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM users_snapshot) + (SELECT count(*) FROM ledger_accounts)`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d lists, %v", n, err)
		}
	})
}
