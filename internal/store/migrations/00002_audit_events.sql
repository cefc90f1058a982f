-- +goose Up
CREATE TABLE audit_events (
    id             TEXT PRIMARY KEY,   -- UUIDv7
    at             BIGINT NOT NULL,    -- when it was tried
    settled_at     BIGINT,             -- when its outcome was known; NULL: not yet
    actor_issuer   TEXT NOT NULL,
    actor_subject  TEXT NOT NULL,
    actor_name     TEXT NOT NULL,      -- as they were then
    actor_email    TEXT NOT NULL,
    action         TEXT NOT NULL,
    target_id      TEXT NOT NULL,
    target_email   TEXT NOT NULL,
    target_name    TEXT NOT NULL,
    outcome        TEXT NOT NULL,
    detail         TEXT NOT NULL,
    note           TEXT NOT NULL,
    request_id     TEXT NOT NULL,
    once_hash      TEXT UNIQUE,        -- of a form's one-time key; NULL: none
    actor_key      TEXT NOT NULL,      -- actor_email, folded
    target_key     TEXT NOT NULL,      -- target_email, folded
    search         TEXT NOT NULL       -- all that a search looks at, folded
);
CREATE INDEX audit_events_at ON audit_events (at, id);
CREATE INDEX audit_events_target ON audit_events (target_id);
CREATE INDEX audit_events_target_key ON audit_events (target_key);
CREATE INDEX audit_events_open ON audit_events (outcome, at);

-- +goose Down
DROP TABLE audit_events;
