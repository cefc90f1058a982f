package soak

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// event is an entry of the activity log about an account.
type event struct {
	at              time.Time
	subject, action string
	target          string // an email
	outcome, detail string
}

// activity returns the log's entries about accounts from the database, including changes made outside the dashboard.
func activity(ctx context.Context, address string) ([]event, error) {
	var events []event
	err := query(ctx, address, `SELECT at, actor_subject, action, target_email, outcome, detail FROM audit_events
		WHERE action IN ('invite', 'activate', 'deactivate') OR action LIKE 'outside.%' ORDER BY at, id`,
		func(rows pgx.Rows) error {
			var e event
			var at int64
			err := rows.Scan(&at, &e.subject, &e.action, &e.target, &e.outcome, &e.detail)
			e.at = time.UnixMilli(at)
			events = append(events, e)
			return err
		})
	return events, err
}

func query(ctx context.Context, address, statement string, row func(pgx.Rows) error) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	rows, err := conn.Query(ctx, statement)
	if err != nil {
		return errors.Join(err, conn.Close(ctx))
	}
	for rows.Next() {
		if err := row(rows); err != nil {
			rows.Close()
			return errors.Join(err, conn.Close(ctx))
		}
	}
	return errors.Join(rows.Err(), conn.Close(ctx))
}
