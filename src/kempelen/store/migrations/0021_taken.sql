-- How many of a group's Assignable HITs a Worker holds or has done: those are not left for this Worker. A row stays when
-- there are none, for a HIT that becomes Assignable again counts for everybody who has had it.
CREATE TABLE worker_taken (
    worker_id    TEXT NOT NULL REFERENCES worker,
    hit_group_id TEXT NOT NULL REFERENCES hit_group,
    hits         BIGINT NOT NULL CHECK (hits >= 0),
    PRIMARY KEY (worker_id, hit_group_id)
) STRICT;
CREATE INDEX worker_taken_open ON worker_taken (worker_id, hit_group_id, hits) WHERE hits > 0;

INSERT INTO worker_taken (worker_id, hit_group_id, hits)
SELECT a.worker_id, h.hit_group_id, COUNT(CASE WHEN h.status = 'Assignable' THEN 1 END)
  FROM assignment a JOIN hit h ON h.hit_id = a.hit_id
 WHERE a.status NOT IN ('Returned', 'Abandoned')
 GROUP BY a.worker_id, h.hit_group_id;
