-- What work has been like: counted as it is submitted and decided, so that a list of groups can tell it of each.
-- Times are sums of logarithms (thousandths), whose mean is that of the typical time: one long break moves it little.

ALTER TABLE hit_group ADD COLUMN worked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE hit_group ADD COLUMN worked_logs BIGINT NOT NULL DEFAULT 0;

CREATE TABLE requester_record (
    requester_id TEXT PRIMARY KEY REFERENCES requester,
    approved     BIGINT NOT NULL CHECK (approved >= 0),
    rejected     BIGINT NOT NULL CHECK (rejected >= 0),
    decided_logs BIGINT NOT NULL
) STRICT;

-- Which groups a Worker has done HITs of.
CREATE TABLE worker_group (
    worker_id    TEXT NOT NULL REFERENCES worker,
    hit_group_id TEXT NOT NULL REFERENCES hit_group,
    submitted    BIGINT NOT NULL CHECK (submitted > 0),
    PRIMARY KEY (worker_id, hit_group_id)
) STRICT;

-- Searches that Workers come back to. `query` holds the parameters of the list's address.
CREATE TABLE saved_search (
    search_id  TEXT PRIMARY KEY,
    worker_id  TEXT NOT NULL REFERENCES worker,
    name       TEXT NOT NULL,
    query      TEXT NOT NULL,
    alerts     BIGINT NOT NULL CHECK (alerts IN (0, 1)),
    created_at BIGINT NOT NULL
) STRICT;
CREATE INDEX saved_search_by_worker ON saved_search (worker_id, created_at, search_id);
