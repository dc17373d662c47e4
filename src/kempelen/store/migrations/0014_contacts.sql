-- What Workers write to Requesters, about a HIT type or an assignment of their own.

CREATE TABLE contact (
    contact_id    TEXT PRIMARY KEY,
    worker_id     TEXT NOT NULL REFERENCES worker,
    requester_id  TEXT NOT NULL REFERENCES requester,
    hit_type_id   TEXT NOT NULL REFERENCES hit_type,
    hit_id        TEXT,
    assignment_id TEXT,
    subject       TEXT NOT NULL,
    contact_text  TEXT NOT NULL,
    shows_address BIGINT NOT NULL,
    sent_at       BIGINT NOT NULL
) STRICT;
CREATE INDEX contact_by_worker ON contact (worker_id, sent_at, contact_id);
