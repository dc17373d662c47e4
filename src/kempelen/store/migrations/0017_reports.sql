-- What Workers report of HITs to the operator; one report of a Worker a HIT.

CREATE TABLE report (
    report_id     TEXT PRIMARY KEY,
    worker_id     TEXT NOT NULL REFERENCES worker,
    hit_id        TEXT NOT NULL,
    requester_id  TEXT NOT NULL REFERENCES requester,
    hit_type_id   TEXT NOT NULL REFERENCES hit_type,
    reason        TEXT NOT NULL,
    report_text   TEXT NOT NULL,
    reported_at   BIGINT NOT NULL,
    UNIQUE (worker_id, hit_id)
) STRICT;
CREATE INDEX report_in_time ON report (reported_at, report_id);
