package store

import (
	"context"
	"database/sql"
	"fmt"

	"wallaroo-user-admin/internal/fold"
)

// refoldBatch is the number of rows in memory at once.
const refoldBatch = 500

// refold is migration 6: it applies [fold.String], which does all that the previous
// folding did and more, to audit_events.search. It runs outside a transaction, so
// that outcomes can be written meanwhile, and is idempotent.
func refold(ctx context.Context, db *sql.DB) error {
	last := ""
	for {
		ids, texts, err := searchTexts(ctx, db, last)
		if err != nil {
			return fmt.Errorf("store: read what to fold: %w", err)
		}
		for i, text := range texts {
			folded := fold.String(text)
			if folded == text {
				continue
			}
			// Skip a row with an outcome written since, which is folded.
			if _, err := db.ExecContext(ctx, `UPDATE audit_events SET search = $1 WHERE id = $2 AND search = $3`, folded, ids[i], text); err != nil {
				return fmt.Errorf("store: write what was folded: %w", err)
			}
		}
		if len(ids) < refoldBatch {
			return nil
		}
		last = ids[len(ids)-1]
	}
}

// searchTexts returns the next batch of events after the one with the id last.
func searchTexts(ctx context.Context, db *sql.DB, last string) (ids, texts []string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT id, search FROM audit_events WHERE id > $1 ORDER BY id LIMIT $2`, last, refoldBatch)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, nil, err
		}
		ids, texts = append(ids, id), append(texts, text)
	}
	return ids, texts, rows.Err()
}
