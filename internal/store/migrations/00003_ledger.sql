-- +goose Up
-- One row: the last whole read of the users.
CREATE TABLE ledger_state (
    id            BIGINT PRIMARY KEY CHECK (id = 1),
    version       BIGINT NOT NULL,    -- counts writes, for compare-and-swap
    began_at      BIGINT NOT NULL,    -- when the read began and ended
    ended_at      BIGINT NOT NULL,
    accounts_hash TEXT NOT NULL,      -- SHA-256 of the accounts, to see that none has changed
    pending       BYTEA               -- changes found and perhaps not written down yet; NULL: none
);

-- One row: its accounts, apart so that a read that found no change need not write them again.
CREATE TABLE ledger_accounts (
    id       BIGINT PRIMARY KEY CHECK (id = 1),
    accounts BYTEA NOT NULL           -- compressed
);

-- +goose Down
DROP TABLE ledger_accounts;
DROP TABLE ledger_state;
