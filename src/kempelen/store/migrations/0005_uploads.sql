-- Uploaded answers: a file in the data folder each. `delete_at` says when a file is to go: set from the start, cleared
-- when the file is there whole, set again when nobody may read it any more. So each file has a row all its life.

CREATE TABLE upload (
    file_key            TEXT PRIMARY KEY,
    assignment_id       TEXT NOT NULL REFERENCES assignment,
    hit_id              TEXT NOT NULL REFERENCES hit,
    question_identifier TEXT NOT NULL,
    file_name           TEXT NOT NULL,
    size_in_bytes       BIGINT CHECK (size_in_bytes > 0),
    delete_at           BIGINT,
    CHECK (size_in_bytes IS NOT NULL OR delete_at IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX upload_once_a_question ON upload (assignment_id, question_identifier) WHERE delete_at IS NULL;
CREATE INDEX upload_by_assignment ON upload (assignment_id);
CREATE INDEX upload_by_hit ON upload (hit_id) WHERE delete_at IS NULL;
CREATE INDEX upload_to_delete ON upload (delete_at, file_key) WHERE delete_at IS NOT NULL;
