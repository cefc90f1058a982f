-- +goose Up
-- 1: the outcome was found out by a look at the directory, and gives way to one that is told first-hand.
ALTER TABLE audit_events ADD COLUMN found_later BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE audit_events DROP COLUMN found_later;
