-- Review policies: a Requester's standing decisions on the work of a HIT, what they found and what they did.

-- As they were given, in JSON. `ended` is 1 when the Requester has ended the HIT before its time; then no policy extends it.
ALTER TABLE hit ADD COLUMN assignment_review_policy TEXT;
ALTER TABLE hit ADD COLUMN hit_review_policy TEXT;
ALTER TABLE hit ADD COLUMN ended BIGINT NOT NULL DEFAULT 0 CHECK (ended IN (0, 1));

-- The policy that approved or rejected; NULL when it was the Requester or time.
ALTER TABLE assignment ADD COLUMN decided_by_policy TEXT;

-- What the policies of a HIT did, and below what they found, in one order by number. An action without an assignment is
-- about the HIT; `acted` is 1 when it changed something.
CREATE TABLE review_action (
    action_id     TEXT PRIMARY KEY,
    hit_id        TEXT NOT NULL REFERENCES hit,
    number        BIGINT NOT NULL,
    level         TEXT NOT NULL CHECK (level IN ('Assignment', 'HIT')),
    name          TEXT NOT NULL CHECK (name IN ('review', 'approve', 'reject', 'extend')),
    assignment_id TEXT REFERENCES assignment,
    status        TEXT NOT NULL CHECK (status IN ('Succeeded', 'Failed', 'Cancelled')),
    acted         BIGINT NOT NULL CHECK (acted IN (0, 1)),
    completed_at  BIGINT NOT NULL,
    result        TEXT NOT NULL,
    error_code    TEXT,
    UNIQUE (hit_id, number),
    CHECK (acted = 0 OR status = 'Succeeded'),
    CHECK ((error_code IS NOT NULL) = (status = 'Failed')),
    CHECK (name NOT IN ('approve', 'reject') OR assignment_id IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX review_action_once_per_submission ON review_action (assignment_id)
    WHERE level = 'Assignment' AND name = 'review';
CREATE INDEX review_action_that_decided ON review_action (assignment_id) WHERE acted = 1;

CREATE TABLE review_result (
    hit_id        TEXT NOT NULL REFERENCES hit,
    number        BIGINT NOT NULL,
    level         TEXT NOT NULL CHECK (level IN ('Assignment', 'HIT')),
    action_id     TEXT NOT NULL REFERENCES review_action,
    assignment_id TEXT REFERENCES assignment,
    question_id   TEXT,
    finding       TEXT NOT NULL,
    value         TEXT NOT NULL,
    PRIMARY KEY (hit_id, number)
) STRICT;
