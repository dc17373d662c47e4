-- What tests of the store need; it stands for the market's own tables.
CREATE TABLE lane (
    lane_id  TEXT PRIMARY KEY,
    batch_id TEXT NOT NULL,
    batch_at BIGINT NOT NULL
) STRICT;

CREATE TABLE mark (
    mark_id TEXT PRIMARY KEY,
    note    TEXT,
    amount  BIGINT NOT NULL DEFAULT 0 CHECK (amount >= 0),
    made_at BIGINT
) STRICT;

CREATE TABLE part (
    part_id TEXT PRIMARY KEY,
    mark_id TEXT NOT NULL REFERENCES mark
) STRICT;
