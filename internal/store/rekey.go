package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/fold"
)

// addressed are the columns of audit_events that are computed from email addresses.
type addressed struct {
	id                  string
	actor, target       string
	was, is             string // old_value and new_value
	actorKey, targetKey string
	search              string
}

// rekey is migration 9: it applies [emails.Key] to audit_events.actor_key and
// target_key, and adds the spellings of internationalized domains to search. Like
// [refold] it runs outside a transaction and is idempotent.
func rekey(ctx context.Context, db *sql.DB) error {
	last := ""
	for {
		batch, err := addressedEvents(ctx, db, last)
		if err != nil {
			return fmt.Errorf("store: read addresses: %w", err)
		}
		for _, e := range batch {
			after := e.rekeyed()
			if after == e {
				continue
			}
			// Skip a row with an outcome written since, which has its keys.
			if _, err := db.ExecContext(ctx, `UPDATE audit_events SET actor_key = $1, target_key = $2, search = $3
				WHERE id = $4 AND target_key = $5 AND search = $6`, after.actorKey, after.targetKey, after.search, e.id, e.targetKey, e.search); err != nil {
				return fmt.Errorf("store: write keys of addresses: %w", err)
			}
		}
		if len(batch) < refoldBatch {
			return nil
		}
		last = batch[len(batch)-1].id
	}
}

func (e addressed) rekeyed() addressed {
	e.actorKey, e.targetKey = emails.Key(e.actor), emails.Key(e.target)
	for _, address := range []string{e.actor, e.target, e.was, e.is} {
		for _, variant := range emails.Variants(address) {
			if folded := fold.String(variant); !strings.Contains(e.search, folded) {
				e.search += "\n" + folded
			}
		}
	}
	return e
}

// addressedEvents returns the next batch of events after the one with the id last.
func addressedEvents(ctx context.Context, db *sql.DB, last string) (batch []addressed, err error) {
	rows, err := db.QueryContext(ctx, `SELECT id, actor_email, target_email, old_value, new_value, actor_key, target_key, search
		FROM audit_events WHERE id > $1 ORDER BY id LIMIT $2`, last, refoldBatch)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var e addressed
		if err := rows.Scan(&e.id, &e.actor, &e.target, &e.was, &e.is, &e.actorKey, &e.targetKey, &e.search); err != nil {
			return nil, err
		}
		batch = append(batch, e)
	}
	return batch, rows.Err()
}
