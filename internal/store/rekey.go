package store

import (
	"context"
	"database/sql"
	"strings"

	"wallaroo-user-admin/internal/emails"
	"wallaroo-user-admin/internal/fold"
)

// addressed are the columns of audit_events that are computed from email addresses.
type addressed struct {
	actor, target       string
	was, is             string // old_value and new_value
	actorKey, targetKey string
	search              string
}

func (e *addressed) columns() []any {
	return []any{&e.actor, &e.target, &e.was, &e.is, &e.actorKey, &e.targetKey, &e.search}
}

// rekey is migration 9: it applies [emails.Key] to audit_events.actor_key and
// target_key, and adds the spellings of internationalized domains to search. Like
// [refold] it runs outside a transaction and is idempotent.
func rekey(ctx context.Context, db *sql.DB) error {
	const query = `SELECT id, actor_email, target_email, old_value, new_value, actor_key, target_key, search
		FROM audit_events WHERE id > $1 ORDER BY id LIMIT $2`
	return eachEvent(ctx, db, query, (*addressed).columns, func(id string, e addressed) error {
		after := e.rekeyed()
		if after == e {
			return nil
		}
		// Skip a row with an outcome written since, which has its keys.
		_, err := db.ExecContext(ctx, `UPDATE audit_events SET actor_key = $1, target_key = $2, search = $3
			WHERE id = $4 AND target_key = $5 AND search = $6`, after.actorKey, after.targetKey, after.search, id, e.targetKey, e.search)
		return err
	})
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
