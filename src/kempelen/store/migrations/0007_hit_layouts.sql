-- Layouts: a Requester's pages with variables, and which one a HIT was made of.

CREATE TABLE hit_layout (
    hit_layout_id TEXT PRIMARY KEY,
    requester_id  TEXT NOT NULL REFERENCES requester,
    name          TEXT NOT NULL,
    html          TEXT NOT NULL,
    frame_height  BIGINT NOT NULL CHECK (frame_height >= 0),
    created_at    BIGINT NOT NULL
) STRICT;
CREATE INDEX hit_layout_by_requester ON hit_layout (requester_id, created_at, hit_layout_id);

ALTER TABLE hit ADD COLUMN hit_layout_id TEXT REFERENCES hit_layout;
