package soak

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
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

// activity reads what the log says of accounts, from the database itself: by the dashboard's users, and by other hands.
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

// leases are the rights to renew that somebody holds now.
func leases(ctx context.Context, address string) ([]orphan, error) {
	var held []orphan
	err := query(ctx, address, `SELECT id_hash, lease_owner, lease_until FROM sessions WHERE lease_owner <> ''`,
		func(rows pgx.Rows) error {
			var o orphan
			var until int64
			err := rows.Scan(&o.session, &o.owner, &until)
			o.until = time.UnixMilli(until)
			held = append(held, o)
			return err
		})
	return held, err
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

// hashed is how the database names the session of a cookie.
func hashed(cookie string) string {
	sum := sha256.Sum256([]byte(cookie))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
