-- Uploads count against quotas: a file by its size, one that is arriving by the most that it may become. `upload_quota`
-- has one row, locked while the quotas are compared, so that uploads that begin at once are counted one after the other.
ALTER TABLE upload ADD COLUMN worker_id TEXT REFERENCES worker;
ALTER TABLE upload ADD COLUMN held_bytes BIGINT NOT NULL DEFAULT 0;
UPDATE upload
   SET held_bytes = COALESCE(size_in_bytes, 0),
       worker_id = (SELECT a.worker_id FROM assignment a WHERE a.assignment_id = upload.assignment_id);
CREATE INDEX upload_held_by_worker ON upload (worker_id, delete_at, held_bytes);
CREATE INDEX upload_held ON upload (delete_at, held_bytes);

CREATE TABLE upload_quota (
    quota_id BIGINT PRIMARY KEY CHECK (quota_id = 1)
) STRICT;
INSERT INTO upload_quota (quota_id) VALUES (1);
