-- +goose Up
-- What an event that was found by comparing two reads of the users says; NULL: it was not.
ALTER TABLE audit_events ADD COLUMN since_at BIGINT;                    -- it happened after this
ALTER TABLE audit_events ADD COLUMN until_at BIGINT;                    -- and before this
ALTER TABLE audit_events ADD COLUMN accounts BIGINT NOT NULL DEFAULT 0; -- to how many accounts

-- The value before and after, for an action that replaces one.
ALTER TABLE audit_events ADD COLUMN old_value TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_events ADD COLUMN new_value TEXT NOT NULL DEFAULT '';

-- One row: the last whole read of the users. It takes the place of ledger_state and ledger_accounts.
CREATE TABLE users_snapshot (
    id            BIGINT PRIMARY KEY CHECK (id = 1),
    version       BIGINT NOT NULL, -- counts writes, for compare-and-swap
    began_at      BIGINT NOT NULL, -- when the read began and ended
    ended_at      BIGINT NOT NULL,
    accounts_hash TEXT NOT NULL,   -- SHA-256 of the JSON, to see that nothing has changed
    accounts      BYTEA NOT NULL   -- JSON, compressed with zstd
);

-- +goose Down
DROP TABLE users_snapshot;
ALTER TABLE audit_events DROP COLUMN new_value;
ALTER TABLE audit_events DROP COLUMN old_value;
ALTER TABLE audit_events DROP COLUMN accounts;
ALTER TABLE audit_events DROP COLUMN until_at;
ALTER TABLE audit_events DROP COLUMN since_at;
