package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"wallaroo-user-admin/internal/fold"
	"wallaroo-user-admin/internal/sanitize"
)

// oldServersWait is how long servers of the previous version compare nothing during
// a rolling update: they ignore a read that began before the last one ended.
const oldServersWait = time.Hour

// moveOutsideChanges is migration 8. It moves changes made outside this dashboard
// to the columns and the table of migration 7: from sentences in
// audit_events.detail, from unrecorded changes in ledger_state.pending, and from
// the accounts in ledger_accounts. It must not depend on packages that define
// current formats, since a migration must never change.
func moveOutsideChanges(ctx context.Context, tx *sql.Tx) error {
	// First, since it locks the row: a server of the previous version in the
	// middle of a comparison then finds that the version has changed.
	_, err := tx.ExecContext(ctx, `UPDATE ledger_state SET version = version + 1`)
	if err != nil {
		return fmt.Errorf("lock ledger_state: %w", err)
	}
	if err := movePending(ctx, tx); err != nil {
		return fmt.Errorf("move pending changes: %w", err)
	}
	if err := moveSentences(ctx, tx); err != nil {
		return fmt.Errorf("move sentences: %w", err)
	}
	if err := moveAccounts(ctx, tx); err != nil {
		return fmt.Errorf("move accounts: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE ledger_state SET ended_at = $1, pending = NULL`, time.Now().Add(oldServersWait).UnixMilli())
	return err
}

// pendingChange is an element of the JSON list in ledger_state.pending.
type pendingChange struct {
	Key, Kind, OldEmail, Note string
	Account                   struct{ ID, Email, Name string }
	Since, Until              time.Time
	Count                     int
}

// movePending records the pending changes. A list that can't be decoded is dropped:
// it would otherwise keep the server from starting.
func movePending(ctx context.Context, tx *sql.Tx) error {
	var text []byte
	err := tx.QueryRowContext(ctx, `SELECT pending FROM ledger_state`).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	var pending []pendingChange
	if json.Unmarshal(text, &pending) != nil {
		return nil
	}
	for _, c := range pending {
		if err := c.record(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// record inserts the change as an audit event, unless there is one with the same
// once_hash.
func (c pendingChange) record(ctx context.Context, tx *sql.Tx) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	action, email, name, before, after := "outside."+c.Kind, sanitize.Text(c.Account.Email, 320), sanitize.Text(c.Account.Name, 256), "", ""
	if c.Kind == "email-changed" {
		before, after = sanitize.Text(c.OldEmail, 320), email
	}
	once := sha256.Sum256([]byte("ledger\n" + c.Key))
	search := fold.String(strings.Join([]string{action, "done", c.Account.ID, email, name, before, c.Note}, "\n"))
	_, err = tx.ExecContext(ctx, `INSERT INTO audit_events (id, at, settled_at, action, target_id, target_email, target_name, outcome, detail,
		once_hash, target_key, search, since_at, until_at, accounts, old_value, new_value,
		actor_issuer, actor_subject, actor_name, actor_email, actor_key, note, request_id)
		VALUES ($1, $2, $2, $3, $4, $5, $6, 'done', $7, $8, $9, $10, $11, $12, $13, $14, $15, '', '', '', '', '', '', '')
		ON CONFLICT (once_hash) DO NOTHING`,
		id.String(), time.Now().UnixMilli(), action, sanitize.Text(c.Account.ID, 128), email, name, c.Note,
		base64.RawURLEncoding.EncodeToString(once[:]), strings.ToLower(email), search,
		c.Since.UnixMilli(), c.Until.UnixMilli(), c.Count, before, after)
	return err
}

// outsideSentence matches audit_events.detail of a change made outside this
// dashboard: the number of accounts if several, the times, and the previous email
// address or a note. The new address is the target's; in the sentence it may have
// been truncated.
var outsideSentence = regexp.MustCompile(`^(?:(\d+) accounts at once, too many to tell one by one\. )?Between (\S+Z) and (\S+Z)(?:, from (.*?)(?: to .*)?|\. (.*))?$`)

func moveSentences(ctx context.Context, tx *sql.Tx) error {
	details, err := outsideDetails(ctx, tx)
	if err != nil {
		return err
	}
	for id, detail := range details {
		parts := outsideSentence.FindStringSubmatch(detail)
		if parts == nil {
			continue // an early version had another format of times: keep it
		}
		since, err := time.Parse(time.RFC3339, parts[2])
		until, err2 := time.Parse(time.RFC3339, parts[3])
		if err != nil || err2 != nil {
			continue
		}
		accounts, before := 1, parts[4]
		if parts[1] != "" {
			accounts, _ = strconv.Atoi(parts[1]) // these are digits
		}
		if before == "none" {
			before = ""
		}
		_, err = tx.ExecContext(ctx, `UPDATE audit_events SET since_at = $1, until_at = $2, accounts = $3, old_value = $4,
			new_value = CASE action WHEN 'outside.email-changed' THEN target_email ELSE '' END, detail = $5 WHERE id = $6`,
			since.UnixMilli(), until.UnixMilli(), accounts, before, parts[5], id)
		if err != nil {
			return err
		}
	}
	return nil
}

// outsideDetails returns the detail of events of outside changes, by event id.
func outsideDetails(ctx context.Context, tx *sql.Tx) (map[string]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, detail FROM audit_events WHERE action LIKE 'outside.%' AND since_at IS NULL`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	details := make(map[string]string)
	for rows.Next() {
		var id, detail string
		if err := rows.Scan(&id, &detail); err != nil {
			return nil, err
		}
		details[id] = detail
	}
	return details, rows.Err()
}
