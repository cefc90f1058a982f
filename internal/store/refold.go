package store

import (
	"context"
	"database/sql"

	"wallaroo-user-admin/internal/fold"
)

// refold is migration 6: it applies [fold.String], which does all that the previous
// folding did and more, to audit_events.search. It runs outside a transaction, so
// that outcomes can be written meanwhile, and is idempotent.
func refold(ctx context.Context, db *sql.DB) error {
	const query = `SELECT id, search FROM audit_events WHERE id > $1 ORDER BY id LIMIT $2`
	into := func(text *string) []any { return []any{text} }
	return eachEvent(ctx, db, query, into, func(id, text string) error {
		folded := fold.String(text)
		if folded == text {
			return nil
		}
		// Skip a row with an outcome written since, which is folded.
		_, err := db.ExecContext(ctx, `UPDATE audit_events SET search = $1 WHERE id = $2 AND search = $3`, folded, id, text)
		return err
	})
}
