package store

import (
	"context"
	"database/sql"
	"fmt"
)

// eventBatch is the number of rows in memory at once.
const eventBatch = 500

// eachEvent calls do with every row of audit_events, for migrations that rewrite
// some of them. query selects the id and then the columns that into scans, of at
// most $2 rows after the id $1, ordered by id.
func eachEvent[T any](ctx context.Context, db *sql.DB, query string, into func(*T) []any, do func(id string, row T) error) error {
	for last := ""; ; {
		ids, rows, err := eventsAfter(ctx, db, last, query, into)
		if err != nil {
			return fmt.Errorf("store: read audit events: %w", err)
		}
		for i, row := range rows {
			if err := do(ids[i], row); err != nil {
				return fmt.Errorf("store: rewrite audit event %s: %w", ids[i], err)
			}
		}
		if len(ids) < eventBatch {
			return nil
		}
		last = ids[len(ids)-1]
	}
}

func eventsAfter[T any](ctx context.Context, db *sql.DB, last, query string, into func(*T) []any) (ids []string, all []T, err error) {
	rows, err := db.QueryContext(ctx, query, last, eventBatch)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var row T
		if err := rows.Scan(append([]any{&id}, into(&row)...)...); err != nil {
			return nil, nil, err
		}
		ids, all = append(ids, id), append(all, row)
	}
	return ids, all, rows.Err()
}
