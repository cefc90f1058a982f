package ledger

import (
	"context"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"wallaroo-user-admin/internal/store"
)

// FuzzPending holds that changes are told as they were found, also by who finds them in the database after a crash; and
// that whatever is there in their place, reading it ends: with changes that can be written again, or with an error.
func FuzzPending(f *testing.F) {
	for _, text := range []string{
		"", "null", "[]", "[{}]", `[{"Kind":"appeared","Count":1}]`, `[{"Kind":5}]`, `{"Kind":"appeared"}`, `[{"Since":"2026-03-01T09:00:00+99:00"}]`, `[{"Since":"-1"}]`, `[null]`, "[", "\xff", `[{"Account":{"ID":"\ud800"}}]`,
		`[{"kind":"x","Kind":"y"}]`, `[{"Until":"9999-12-31T23:59:59.999999999-23:59"}]`, strings.Repeat("[", 20_000), `[{"Count":-1}]`, `[{"Count":1e99}]`,
	} {
		f.Add([]byte(text), "u1", "jo@example.com", "Jo", "was@example.com", "a note", int64(1_772_355_600_000), 1)
	}
	f.Add([]byte("[]"), "\xff", "\x00", "\u2028<script>", "\U0001F998", "\\u0000", int64(0), 0)
	f.Add([]byte("[]"), "", "", "", "", "", int64(253_402_300_799_000), 200_000)
	db, err := store.Open(f.Context(), "sqlite:"+filepath.Join(f.TempDir(), "fuzz.db"), store.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = db.Close() })
	l := New(db.DB, Options{Record: func(context.Context, Change) error { return nil }})
	if _, err := l.start(f.Context(), newReading([]Account{{ID: "jo"}}, time.Now(), time.Now())); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte, id, email, name, old, note string, ms int64, count int) {
		ms &= 1<<47 - 1 // a clock's
		found := []Change{{
			Key: id + "-key", Kind: EmailChanged, Account: Account{ID: id, Email: email, Name: name, Enabled: count > 0},
			OldEmail: old, Since: time.UnixMilli(ms).UTC(), Until: time.UnixMilli(ms + 1).UTC(), Count: count, Note: note,
		}, {Kind: Vanished}}
		if got := l.throughTheDatabase(t, found); !reflect.DeepEqual(got, valid(found)) {
			t.Errorf("%+v is found as %+v", found, got)
		}
		if _, err := db.ExecContext(t.Context(), `UPDATE ledger_state SET pending = $1`, text); err != nil {
			t.Fatal(err)
		}
		s, err := l.load(t.Context())
		if (s == nil) != (err != nil) {
			t.Fatalf("%q gives %v, %v", text, s, err)
		}
		if err == nil && len(s.pending) > 0 {
			if got := l.throughTheDatabase(t, s.pending); len(got) != len(s.pending) || got[0].Key != s.pending[0].Key || !got[0].Since.Equal(s.pending[0].Since) {
				t.Errorf("%+v is written again as %+v", s.pending, got)
			}
		}
		if _, err := db.ExecContext(t.Context(), `UPDATE ledger_state SET pending = NULL`); err != nil {
			t.Fatal(err)
		}
	})
}

// throughTheDatabase stores changes and gives those that are then found.
func (l *Ledger) throughTheDatabase(t *testing.T, changes []Change) []Change {
	t.Helper()
	var version int64
	if err := l.db.QueryRowContext(t.Context(), `SELECT version FROM ledger_state`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	done, err := l.swap(t.Context(), version, newReading([]Account{{ID: "jo"}}, time.Now(), time.Now()), changes)
	if !done || err != nil {
		t.Fatalf("%+v is not stored: %v", changes, err)
	}
	s, err := l.load(t.Context())
	if err != nil || s.version != version+1 {
		t.Fatalf("%+v is not found: %+v, %v", changes, s, err)
	}
	return s.pending
}

// valid gives changes in the UTF-8 that JSON is written in.
func valid(changes []Change) []Change {
	out := make([]Change, 0, len(changes))
	for _, c := range changes {
		for _, text := range []*string{&c.Key, &c.Account.ID, &c.Account.Email, &c.Account.Name, &c.OldEmail, &c.Note} {
			*text = string([]rune(*text))
		}
		out = append(out, c)
	}
	return out
}
