package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"wallaroo-user-admin/internal/fold"
)

const (
	defaultPer = 50
	maxPer     = 1000
	maxQuery   = 200
	maxWords   = 8
	eachBatch  = 500
)

// Filter says which events to list; what is empty doesn't count.
type Filter struct {
	// Query is searched for, word by word, any case, accents or not, in names,
	// email addresses, the target's id, action, outcome, detail, note and
	// request id.
	Query   string
	Action  Action
	Outcome Outcome // Unknown also finds what is Intended: both are open
	// TargetID and TargetEmail name the account that it was done to. With both,
	// the address counts only for events from before the account had an id, so
	// that a former owner's events stay theirs.
	TargetID, TargetEmail string
	Actor                 string    // a subject, or an email address in any case
	From, To              time.Time // from From on, before To

	Page int // from 1; past the end it is the last one
	Per  int // events a page, 1 to 1000; 0: 50
}

// Page is one page of a list, the newest first.
type Page struct {
	Events []Event
	Total  int // events on all pages
	Page   int // the number of this page, from 1
	Pages  int // how many there are, at least 1
	Per    int
}

// List returns the page of events that the filter asks for. Numbers out of
// range are brought into it; the error is the database's.
func (l *Log) List(ctx context.Context, f Filter) (Page, error) {
	where, args := f.where()
	page := Page{Per: f.Per}
	if page.Per <= 0 {
		page.Per = defaultPer
	}
	page.Per = min(page.Per, maxPer)
	var err error
	if page.Total, err = l.count(ctx, where, args); err != nil {
		return Page{}, err
	}
	page.Pages = max(1, (page.Total+page.Per-1)/page.Per)
	page.Page = min(max(1, f.Page), page.Pages)
	query := fmt.Sprintf(`SELECT %s FROM audit_events WHERE %s ORDER BY at DESC, id DESC LIMIT $%d OFFSET $%d`,
		columns, where, len(args)+1, len(args)+2)
	page.Events, err = l.many(ctx, query, append(args, page.Per, (page.Page-1)*page.Per)...)
	return page, err
}

func (l *Log) count(ctx context.Context, where string, args []any) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err = l.db.QueryRowContext(ctx, `SELECT count(*) FROM audit_events WHERE `+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("audit: count: %w", err)
	}
	return n, nil
}

// Each calls do for every event that the filter finds, the newest first,
// whatever its Page and Per: for an export of any size. It reads in batches and
// holds no connection while do runs. It stops at the first error, and returns
// it.
func (l *Log) Each(ctx context.Context, f Filter, do func(Event) error) error {
	where, args := f.where()
	n := len(args)
	query := fmt.Sprintf(`SELECT %s FROM audit_events WHERE %s AND (at < $%d OR (at = $%d AND id < $%d)) ORDER BY at DESC, id DESC LIMIT %d`,
		columns, where, n+1, n+1, n+2, eachBatch)
	at, id := int64(1)<<62, ""
	for {
		events, err := l.many(ctx, query, append(args[:n:n], at, id)...)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := do(e); err != nil {
				return err
			}
		}
		if len(events) < eachBatch {
			return nil
		}
		last := events[len(events)-1]
		at, id = last.Time.UnixMilli(), last.ID
	}
}

// conditions gathers what an event has to fulfil, with its arguments.
type conditions struct {
	all  []string
	args []any
}

// add takes a condition with one %s for each argument's placeholder.
func (c *conditions) add(condition string, args ...any) {
	marks := make([]any, len(args))
	for i, arg := range args {
		c.args = append(c.args, arg)
		marks[i] = fmt.Sprintf("$%d", len(c.args))
	}
	c.all = append(c.all, fmt.Sprintf(condition, marks...))
}

func (f Filter) where() (string, []any) {
	c := &conditions{all: []string{"1 = 1"}}
	// The mark of a cut would be searched for as well.
	query := strings.TrimSuffix(clean(f.Query, maxQuery), "…")
	words := strings.Fields(fold.String(query))
	for _, word := range words[:min(len(words), maxWords)] {
		c.add(`search LIKE %s ESCAPE '\'`, "%"+likeEscaper().Replace(word)+"%")
	}
	if f.Action != "" {
		c.add("action = %s", clean(string(f.Action), maxID))
	}
	switch f.Outcome {
	case "":
	case Unknown:
		c.add("outcome IN ('intended', 'unknown')")
	default:
		c.add("outcome = %s", clean(string(f.Outcome), maxID))
	}
	id, email := clean(f.TargetID, maxID), emailKey(f.TargetEmail)
	switch {
	case id != "" && email != "":
		c.add("(target_id = %s OR (target_id = '' AND target_key = %s))", id, email)
	case id != "":
		c.add("target_id = %s", id)
	case email != "":
		c.add("target_key = %s", email)
	}
	if f.Actor != "" {
		c.add("(actor_subject = %s OR actor_key = %s)", clean(f.Actor, maxSubject), emailKey(f.Actor))
	}
	if !f.From.IsZero() {
		c.add("at >= %s", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		c.add("at < %s", f.To.UnixMilli())
	}
	return strings.Join(c.all, " AND "), c.args
}

func likeEscaper() *strings.Replacer {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
}
