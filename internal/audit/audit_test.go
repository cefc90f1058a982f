package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"wallaroo-user-admin/internal/audit"
	"wallaroo-user-admin/internal/store"
	"wallaroo-user-admin/internal/testing/storetest"
)

// fixture is a log over one engine, with a clock that only the test advances.
type fixture struct {
	*audit.Log
	t     *testing.T
	db    *store.DB
	lines bytes.Buffer
	at    atomic.Int64
}

func newFixture(t *testing.T, db *store.DB) *fixture {
	f := &fixture{t: t, db: db}
	f.at.Store(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).UnixMilli())
	var err error
	f.Log, err = audit.New(db.DB, audit.Options{Logger: slog.New(slog.NewJSONHandler(&f.lines, nil)), Now: f.now})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) now() time.Time          { return time.UnixMilli(f.at.Load()) }
func (f *fixture) advance(d time.Duration) { f.at.Add(d.Milliseconds()) }

func run(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	storetest.Run(t, func(t *testing.T, db *store.DB) { test(t, newFixture(t, db)) })
}

func admin() audit.Person {
	return audit.Person{Issuer: "https://id.example.com/realms/master", Subject: "adm-1", Name: "Ada Admin", Email: "Ada@example.com"}
}

func invitation() audit.Event {
	return audit.Event{Actor: admin(), Action: audit.Invite, Target: audit.Target{Email: "new@example.com"}, RequestID: "req-1"}
}

func (f *fixture) intent(e audit.Event) string {
	f.t.Helper()
	id, err := f.Intent(f.t.Context(), e)
	if err != nil {
		f.t.Fatal(err)
	}
	return id
}

func (f *fixture) get(id string) audit.Event {
	f.t.Helper()
	e, err := f.Get(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return e
}

func TestAnIntentAndItsOutcome(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		e := invitation()
		e.Note = "for the new project"
		id := f.intent(e)
		got := f.get(id)
		if got.Outcome != audit.Intended || !got.Outcome.IsOpen() || !got.Settled.IsZero() || !got.Time.Equal(f.now()) || got.Actor != admin() || got.Note != e.Note {
			t.Errorf("the intent: %+v", got)
		}
		f.advance(time.Second)
		if err := f.Outcome(t.Context(), id, audit.Done, "", audit.Target{ID: "u-9"}); err != nil {
			t.Fatal(err)
		}
		got = f.get(id)
		if got.Outcome != audit.Done || got.Target != (audit.Target{ID: "u-9", Email: "new@example.com"}) || !got.Settled.Equal(f.now()) {
			t.Errorf("the outcome: %+v", got)
		}
	})
}

func TestAFinalOutcomeStays(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		id := f.intent(invitation())
		if err := f.Outcome(ctx, id, audit.Unknown, "no answer in 20 s", audit.Target{}); err != nil {
			t.Fatal(err)
		}
		if err := f.Outcome(ctx, id, audit.Refused, "no seat is free", audit.Target{}); err != nil {
			t.Fatalf("from unknown to refused: %v", err)
		}
		if err := f.Outcome(ctx, id, audit.Done, "", audit.Target{ID: "x"}); !errors.Is(err, audit.ErrSettled) {
			t.Errorf("a second outcome: %v", err)
		}
		if got := f.get(id); got.Outcome != audit.Refused || got.Detail != "no seat is free" || got.Target.ID != "" {
			t.Errorf("it reads %+v", got)
		}
		if err := f.Outcome(ctx, "nothing", audit.Done, "", audit.Target{}); !errors.Is(err, audit.ErrNotFound) {
			t.Errorf("an outcome of nothing: %v", err)
		}
		for _, outcome := range []audit.Outcome{"", audit.Intended, "splendid"} {
			if err := f.Outcome(ctx, id, outcome, "", audit.Target{}); !errors.Is(err, audit.ErrIncomplete) {
				t.Errorf("outcome %q: %v", outcome, err)
			}
		}
	})
}

func TestOneOutcomeOfTwoAtOnce(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		id := f.intent(invitation())
		var won atomic.Int32
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				err := f.Outcome(t.Context(), id, []audit.Outcome{audit.Done, audit.Failed}[i%2], fmt.Sprint(i), audit.Target{})
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, audit.ErrSettled) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d outcomes were written", won.Load())
		}
	})
}

// An outcome is written even if the request was cancelled.
func TestAnOutcomeIsWrittenAfterTheRequestIsOver(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithCancel(t.Context())
		id, err := f.Intent(ctx, invitation())
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := f.Outcome(ctx, id, audit.Done, "", audit.Target{}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Intent(ctx, invitation()); err == nil {
			t.Error("an intent of nobody is written, and would be sent")
		}
		if got := f.get(id); got.Outcome != audit.Done {
			t.Errorf("outcome %q", got.Outcome)
		}
	})
}

func TestARepeatedPostIsRefusedAndToldOfTheFirst(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		replicas := []*fixture{newFixture(t, storetest.Open(t, url)), newFixture(t, storetest.Open(t, url))}
		e := invitation()
		e.OnceKey = "form-key-1"
		var first atomic.Value
		var repeats atomic.Int32
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				id, err := replicas[i%2].Intent(t.Context(), e)
				var repeated *audit.RepeatedError
				switch {
				case err == nil:
					if !first.CompareAndSwap(nil, id) {
						t.Error("written twice")
					}
				case errors.Is(err, audit.ErrRepeated) && errors.As(err, &repeated) && repeated.First.Target.Email == "new@example.com":
					repeats.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if repeats.Load() != 9 {
			t.Errorf("%d repeats", repeats.Load())
		}
		got, err := replicas[0].ByOnceKey(t.Context(), "form-key-1")
		if err != nil || got.ID != first.Load() {
			t.Errorf("ByOnceKey: %+v, %v", got, err)
		}
		for _, key := range []string{"", "form-key-2"} {
			if _, err := replicas[0].ByOnceKey(t.Context(), key); !errors.Is(err, audit.ErrNotFound) {
				t.Errorf("key %q: %v", key, err)
			}
		}
		// Events without a key don't repeat each other.
		replicas[0].intent(invitation())
		replicas[0].intent(invitation())
	})
}

// If the server dies between intent and outcome, only the intent is stored, and the next server finds and settles it.
func TestACrashBetweenIntentAndOutcome(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		db, err := store.Open(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		dead := newFixture(t, db)
		doubtful, hopeless := dead.intent(invitation()), dead.intent(audit.Event{Actor: admin(), Action: audit.Deactivate, Target: audit.Target{ID: "u-1"}})
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}

		f := newFixture(t, storetest.Open(t, url))
		f.advance(2 * time.Minute)
		underWay := f.intent(invitation())
		f.advance(10 * time.Second)
		open, err := f.Unsettled(t.Context(), time.Minute)
		if err != nil || len(open) != 2 || open[0].ID != doubtful || open[1].ID != hopeless {
			t.Fatalf("open: %+v, %v", open, err)
		}
		n, err := f.Settle(t.Context(), time.Minute, func(_ context.Context, e audit.Event) (audit.Outcome, string, error) {
			if e.ID == doubtful {
				return audit.Done, "found in the directory", nil
			}
			return audit.Unknown, "", nil
		})
		if n != 1 || err != nil {
			t.Errorf("settled %d, %v", n, err)
		}
		if got := f.get(doubtful); got.Outcome != audit.Done || got.Detail != "found in the directory" {
			t.Errorf("settled as %+v", got)
		}
		if got := f.get(underWay); got.Outcome != audit.Intended {
			t.Errorf("what is under way became %q", got.Outcome)
		}
		down := errors.New("directory down")
		if _, err := f.Settle(t.Context(), time.Minute, func(context.Context, audit.Event) (audit.Outcome, string, error) {
			return "", "", down
		}); !errors.Is(err, down) {
			t.Errorf("Settle: %v", err)
		}
	})
}

func TestAnIntentThatCannotBeWrittenIsAnError(t *testing.T) {
	storetest.RunURL(t, func(t *testing.T, url string) {
		db, err := store.Open(t.Context(), url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f := newFixture(t, db)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if id, err := f.Intent(t.Context(), invitation()); err == nil || id != "" {
			t.Errorf("id %q, %v", id, err)
		}
		if !strings.Contains(f.lines.String(), `"level":"ERROR"`) {
			t.Error("not even the log knows")
		}
	})
}

func TestAnIncompleteEventIsRefused(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		for _, e := range []audit.Event{{Actor: admin()}, {Action: audit.SignIn, Outcome: "splendid"}} {
			if _, err := f.Record(t.Context(), e); !errors.Is(err, audit.ErrIncomplete) {
				t.Errorf("%+v: %v", e, err)
			}
		}
	})
}

// TestSec65_EachEventIsOneLineWithoutSecrets parses the log's lines.
func TestSec65_EachEventIsOneLineWithoutSecrets(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"
		e := invitation()
		e.Detail, e.Note = "forged\r\n{\"level\":\"INFO\"}\x00", "Authorization: Bearer 0123456789abcdef and "+jwt
		e.OnceKey = "form-key-hush"
		id := f.intent(e)
		if err := f.Outcome(t.Context(), id, audit.Failed, "401\nfor "+jwt, audit.Target{}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(f.lines.String()), "\n")
		if len(lines) != 2 {
			t.Fatalf("%d lines: %s", len(lines), f.lines.String())
		}
		var line struct {
			Time                                time.Time
			Msg, Event, Action, Outcome, Detail string
			RequestID                           string `json:"request_id"`
			Actor                               struct{ Sub, Iss string }
		}
		if err := json.Unmarshal([]byte(lines[1]), &line); err != nil {
			t.Fatal(err)
		}
		if line.Msg != "audit" || line.Event != id || line.Action != "invite" || line.Outcome != "failed" || line.Actor.Sub != "adm-1" ||
			line.RequestID != "req-1" || line.Time.IsZero() || line.Detail != "401 for [token]" {
			t.Errorf("the line reads %+v", line)
		}
		got := f.get(id)
		for _, text := range []string{f.lines.String(), fmt.Sprintf("%+v", got)} {
			for _, hush := range []string{jwt, "0123456789abcdef", "form-key-hush"} {
				if strings.Contains(text, hush) {
					t.Errorf("%s is shown in %s", hush, text)
				}
			}
		}
	})
}

func TestBadTextIsMadeHarmless(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		bad := "a\x00b\r\nc\xff\u202ed\u2028e" + strings.Repeat("ü", 100_000)
		e, err := f.Record(t.Context(), audit.Event{
			Action: audit.Action("x\n" + bad), Actor: audit.Person{Issuer: bad, Subject: bad, Name: bad, Email: bad},
			Target: audit.Target{ID: bad, Email: bad, Name: bad}, Detail: bad, Note: bad, Old: bad, New: bad, RequestID: bad, OnceKey: bad,
		})
		if err != nil {
			t.Fatal(err)
		}
		got := f.get(e.ID)
		if got != e {
			t.Errorf("written %+v, read %+v", e, got)
		}
		for name, text := range map[string]string{
			"action": string(got.Action), "issuer": got.Actor.Issuer, "subject": got.Actor.Subject, "actor's name": got.Actor.Name, "actor's email": got.Actor.Email,
			"id": got.Target.ID, "email": got.Target.Email, "name": got.Target.Name, "detail": got.Detail, "note": got.Note, "old": got.Old, "new": got.New, "request": got.RequestID,
		} {
			if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\n\u202e\u2028") || utf8.RuneCountInString(text) > 1000 || !strings.HasSuffix(text, "…") {
				t.Errorf("%s: %q", name, text)
			}
		}
		// And it is found again by the very same bad text.
		page, err := f.List(t.Context(), audit.Filter{TargetID: bad, Actor: bad, Query: bad})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Events) != 1 {
			t.Errorf("found %d", len(page.Events))
		}
	})
}

// foundOut settles everything that is open from the directory.
func (f *fixture) foundOut(outcome audit.Outcome) int {
	f.t.Helper()
	n, err := f.Settle(f.t.Context(), 0, func(context.Context, audit.Event) (audit.Outcome, string, error) {
		return outcome, "found out later", nil
	})
	if err != nil {
		f.t.Error(err)
	}
	return n
}

func TestAnOutcomeFoundByReadingIsReplacedByTheReportedOne(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		id := f.intent(invitation())
		f.advance(time.Second)
		if n := f.foundOut(audit.Failed); n != 1 || f.get(id).Outcome != audit.Failed {
			t.Fatalf("found out: %d, %+v", n, f.get(id))
		}
		// That nobody knows is less than what was found out.
		if err := f.Outcome(ctx, id, audit.Unknown, "no answer", audit.Target{}); !errors.Is(err, audit.ErrSettled) {
			t.Errorf("an open outcome: %v", err)
		}
		f.advance(time.Second)
		if err := f.Outcome(ctx, id, audit.Done, "", audit.Target{ID: "u-9"}); err != nil {
			t.Fatal(err)
		}
		if got := f.get(id); got.Outcome != audit.Done || got.Detail != "" || got.Target.ID != "u-9" || !got.Settled.Equal(f.now()) {
			t.Errorf("told first-hand: %+v", got)
		}
		if err := f.Outcome(ctx, id, audit.Failed, "", audit.Target{}); !errors.Is(err, audit.ErrSettled) {
			t.Errorf("told again: %v", err)
		}
	})
}

func TestAReportedOutcomeIsNotReplacedByOneFoundByReading(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		for i := range 20 {
			id := f.intent(invitation())
			f.advance(time.Second)
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() { f.foundOut(audit.Failed) })
			}
			wg.Go(func() {
				if err := f.Outcome(t.Context(), id, audit.Done, "first-hand", audit.Target{}); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			if got := f.get(id); got.Outcome != audit.Done || got.Detail != "first-hand" {
				t.Fatalf("%d: %+v", i, got)
			}
		}
	})
}
