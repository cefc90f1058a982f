-- +goose Up
CREATE TABLE sessions (
    id_hash               TEXT PRIMARY KEY,        -- SHA-256 of the id in the cookie
    key_id                TEXT NOT NULL,           -- which secret sealed the row
    sealed                BYTEA NOT NULL,          -- the values, AES-256-GCM
    subject_hash          TEXT,                    -- keyed hash, to end all sessions of a person
    provider_session_hash TEXT,                    -- keyed hash, for back-channel logout
    version               BIGINT NOT NULL,         -- counts writes, for compare-and-swap
    created_at            BIGINT NOT NULL,
    seen_at               BIGINT NOT NULL,
    expires_at            BIGINT NOT NULL,
    lease_owner           TEXT NOT NULL DEFAULT '', -- who may refresh the tokens now
    lease_beat            BIGINT NOT NULL DEFAULT 0 -- grows while that one lives: no two clocks have to agree
);
CREATE INDEX sessions_subject ON sessions (subject_hash);
CREATE INDEX sessions_provider_session ON sessions (provider_session_hash);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- What counts once: ids of logout tokens, keys of forms.
CREATE TABLE used_keys (
    key_hash   TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_keys_expires ON used_keys (expires_at);

-- +goose Down
DROP TABLE used_keys;
DROP TABLE sessions;
