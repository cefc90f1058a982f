-- +goose Up
-- A lease is alive while its beat grows, not until some time: no two clocks have to agree.
ALTER TABLE sessions ADD COLUMN lease_beat BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions DROP COLUMN lease_until;

-- +goose Down
ALTER TABLE sessions ADD COLUMN lease_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions DROP COLUMN lease_beat;
