-- Qualifications: who may do which work. Built-in types are rows without a Requester; `world` says where one exists.

CREATE TABLE qualification_type (
    qualification_type_id  TEXT PRIMARY KEY,
    requester_id           TEXT REFERENCES requester,
    world                  TEXT CHECK (world IN ('live', 'sandbox')),
    name                   TEXT NOT NULL,
    description            TEXT NOT NULL,
    keywords               TEXT,
    search_text            TEXT NOT NULL,
    status                 TEXT NOT NULL CHECK (status IN ('Active', 'Inactive', 'Disposing', 'Disposed')),
    test_id                TEXT,
    retry_delay_in_seconds BIGINT CHECK (retry_delay_in_seconds >= 0),
    is_requestable         BIGINT NOT NULL CHECK (is_requestable IN (0, 1)),
    auto_granted           BIGINT NOT NULL CHECK (auto_granted IN (0, 1)),
    auto_granted_value     BIGINT,
    price_micros           BIGINT NOT NULL CHECK (price_micros >= 0),
    created_at             BIGINT NOT NULL,
    gone_at                BIGINT,
    CHECK (auto_granted = 0 OR (test_id IS NULL AND auto_granted_value IS NOT NULL)),
    CHECK (gone_at IS NULL OR status = 'Disposing')
) STRICT;
CREATE UNIQUE INDEX qualification_type_once_by_name ON qualification_type (requester_id, name)
    WHERE status <> 'Disposed';
CREATE INDEX qualification_type_by_name ON qualification_type (name, qualification_type_id);
CREATE INDEX qualification_type_going ON qualification_type (gone_at, qualification_type_id) WHERE gone_at IS NOT NULL;

-- A test as it was at one time; a Worker who has begun one keeps it when the type gets another.
CREATE TABLE qualification_test (
    test_id                  TEXT PRIMARY KEY,
    qualification_type_id    TEXT NOT NULL REFERENCES qualification_type,
    test                     TEXT NOT NULL,
    answer_key               TEXT,
    test_duration_in_seconds BIGINT NOT NULL CHECK (test_duration_in_seconds > 0)
) STRICT;

CREATE TABLE qualification (
    worker_id             TEXT NOT NULL REFERENCES worker,
    qualification_type_id TEXT NOT NULL REFERENCES qualification_type,
    status                TEXT NOT NULL CHECK (status IN ('Granted', 'Revoked')),
    value                 BIGINT NOT NULL,
    granted_at            BIGINT NOT NULL,
    revoked_at            BIGINT,
    reason                TEXT,
    PRIMARY KEY (worker_id, qualification_type_id),
    CHECK ((revoked_at IS NOT NULL) = (status = 'Revoked'))
) STRICT;
CREATE INDEX qualification_by_type ON qualification (qualification_type_id, status, granted_at, worker_id);

CREATE TABLE qualification_request (
    request_id            TEXT PRIMARY KEY,
    qualification_type_id TEXT NOT NULL REFERENCES qualification_type,
    requester_id          TEXT NOT NULL REFERENCES requester,
    worker_id             TEXT NOT NULL REFERENCES worker,
    status                TEXT NOT NULL CHECK (status IN ('InTest', 'Submitted', 'Granted', 'Rejected', 'Lapsed')),
    test_id               TEXT REFERENCES qualification_test,
    answer                TEXT,
    value                 BIGINT,
    requested_at          BIGINT NOT NULL,
    due_at                BIGINT,
    submitted_at          BIGINT,
    decided_at            BIGINT,
    reason                TEXT,
    CHECK ((due_at IS NOT NULL) = (test_id IS NOT NULL)),
    CHECK (status <> 'InTest' OR test_id IS NOT NULL),
    CHECK (status <> 'Submitted' OR submitted_at IS NOT NULL),
    CHECK ((decided_at IS NOT NULL) = (status IN ('Granted', 'Rejected', 'Lapsed')))
) STRICT;
CREATE UNIQUE INDEX qualification_request_one_open ON qualification_request (worker_id, qualification_type_id)
    WHERE status IN ('InTest', 'Submitted');
CREATE INDEX qualification_request_last ON qualification_request (worker_id, qualification_type_id, requested_at);
CREATE INDEX qualification_request_pending ON qualification_request (requester_id, submitted_at, request_id)
    WHERE status = 'Submitted';
CREATE INDEX qualification_request_of_type ON qualification_request (qualification_type_id, submitted_at, request_id)
    WHERE status IN ('InTest', 'Submitted');
CREATE INDEX qualification_request_due ON qualification_request (due_at, request_id) WHERE status = 'InTest';

CREATE TABLE worker_block (
    requester_id TEXT NOT NULL REFERENCES requester,
    worker_id    TEXT NOT NULL REFERENCES worker,
    reason       TEXT NOT NULL,
    blocked_at   BIGINT NOT NULL,
    PRIMARY KEY (requester_id, worker_id)
) STRICT;
CREATE INDEX worker_block_of_worker ON worker_block (worker_id, requester_id);
CREATE INDEX worker_block_by_time ON worker_block (requester_id, blocked_at, worker_id);

-- What a Worker's built-in qualifications are made of. Counted per Requester, so that no row is shared between them.
ALTER TABLE worker ADD COLUMN country TEXT;
ALTER TABLE worker ADD COLUMN subdivision TEXT;

CREATE TABLE worker_record (
    worker_id    TEXT NOT NULL REFERENCES worker,
    requester_id TEXT NOT NULL REFERENCES requester,
    submitted    BIGINT NOT NULL CHECK (submitted >= 0),
    approved     BIGINT NOT NULL CHECK (approved >= 0),
    rejected     BIGINT NOT NULL CHECK (rejected >= 0),
    PRIMARY KEY (worker_id, requester_id),
    CHECK (approved + rejected <= submitted)
) STRICT;
INSERT INTO worker_record (worker_id, requester_id, submitted, approved, rejected)
SELECT worker_id, requester_id, COUNT(*), SUM(CASE WHEN status = 'Approved' THEN 1 ELSE 0 END),
       SUM(CASE WHEN status = 'Rejected' THEN 1 ELSE 0 END)
  FROM assignment WHERE submitted_at IS NOT NULL GROUP BY worker_id, requester_id;

-- ------------------------------------------------------------------------------------------------ requirements

-- As the Requester reads them back, and which types they name.
ALTER TABLE hit_type ADD COLUMN requirements TEXT NOT NULL DEFAULT '[]';

CREATE TABLE hit_type_requirement (
    hit_type_id           TEXT NOT NULL REFERENCES hit_type,
    qualification_type_id TEXT NOT NULL REFERENCES qualification_type,
    PRIMARY KEY (hit_type_id, qualification_type_id)
) STRICT;
CREATE INDEX hit_type_requirement_by_type ON hit_type_requirement (qualification_type_id, hit_type_id);
CREATE INDEX hit_by_type ON hit (hit_type_id, created_at, hit_id) WHERE status <> 'Disposed';

-- A bar is a set of requirements that must all be met; groups with equal ones share it. `granted` and `record` bars
-- need values, of qualifications that were granted and of what a Worker's record makes: each requirement is a number of
-- ranges of which the value lies in at most one, and `needs` of them must be met. `absent` bars need that there is none.
-- '' bars nobody.
CREATE TABLE bar_range (
    bar_id                TEXT NOT NULL,
    position              BIGINT NOT NULL,
    qualification_type_id TEXT NOT NULL,
    low                   BIGINT NOT NULL,
    high                  BIGINT NOT NULL,
    needs                 BIGINT NOT NULL CHECK (needs > 0),
    PRIMARY KEY (bar_id, position, low),
    CHECK (low <= high)
) STRICT;
CREATE INDEX bar_range_by_type ON bar_range (qualification_type_id, low, high, bar_id, needs);

CREATE TABLE bar_absence (
    bar_id                TEXT NOT NULL,
    qualification_type_id TEXT NOT NULL,
    PRIMARY KEY (qualification_type_id, bar_id)
) STRICT;

ALTER TABLE hit_group ADD COLUMN discover_granted TEXT NOT NULL DEFAULT '';
ALTER TABLE hit_group ADD COLUMN discover_record TEXT NOT NULL DEFAULT '';
ALTER TABLE hit_group ADD COLUMN discover_absent TEXT NOT NULL DEFAULT '';
ALTER TABLE hit_group ADD COLUMN accept_granted TEXT NOT NULL DEFAULT '';
ALTER TABLE hit_group ADD COLUMN accept_record TEXT NOT NULL DEFAULT '';
ALTER TABLE hit_group ADD COLUMN accept_absent TEXT NOT NULL DEFAULT '';
ALTER TABLE hit_group ADD COLUMN masters BIGINT NOT NULL DEFAULT 0;

DROP INDEX hit_group_by_update;
DROP INDEX hit_group_by_reward;
DROP INDEX hit_group_by_size;
CREATE INDEX hit_group_by_update
    ON hit_group (updated_at, hit_group_id, discover_granted, discover_record, discover_absent) WHERE open_hits > 0;
CREATE INDEX hit_group_by_reward
    ON hit_group (reward_micros, hit_group_id, discover_granted, discover_record, discover_absent) WHERE open_hits > 0;
CREATE INDEX hit_group_by_size
    ON hit_group (open_hits, hit_group_id, discover_granted, discover_record, discover_absent) WHERE open_hits > 0;

-- ------------------------------------------------------------------------------------------------ history

ALTER TABLE event ADD COLUMN qualification_type_id TEXT;

-- ------------------------------------------------------------------------------------------------ built-in types

INSERT INTO qualification_type (qualification_type_id, world, name, description, keywords, search_text, status,
                                is_requestable, auto_granted, price_micros, created_at)
VALUES
    ('2F1QJWKUDD8XADTFD2Q0G6UTO95ALH', 'live', 'Masters', 'Workers with a long record of good work, chosen by the people who run this marketplace.', NULL, 'masters workers with a long record of good work, chosen by the people who run this marketplace.', 'Active', 0, 0, 0, 1130889600000),
    ('2ARFPLSP75KLA8M8DH1HTEQVJT3SY6', 'sandbox', 'Masters', 'Workers with a long record of good work, chosen by the people who run this marketplace.', NULL, 'masters workers with a long record of good work, chosen by the people who run this marketplace.', 'Active', 0, 0, 0, 1130889600000),
    ('2NDP2L92HECWY8NS8H3CK0CP5L9GHO', 'live', 'Categorization Masters', 'Masters of categorization, as there were until 2015.', NULL, 'categorization masters masters of categorization, as there were until 2015.', 'Active', 0, 0, 0, 1130889600000),
    ('2F1KVCNHMVHV8E9PBUB2A4J79LU20F', 'sandbox', 'Categorization Masters', 'Masters of categorization, as there were until 2015.', NULL, 'categorization masters masters of categorization, as there were until 2015.', 'Active', 0, 0, 0, 1130889600000),
    ('21VZU98JHSTLZ5BPP4A9NOBJEK3DPG', 'live', 'Photo Moderation Masters', 'Masters of photo moderation, as there were until 2015.', NULL, 'photo moderation masters masters of photo moderation, as there were until 2015.', 'Active', 0, 0, 0, 1130889600000),
    ('2TGBB6BFMFFOM08IBMAFGGESC1UWJX', 'sandbox', 'Photo Moderation Masters', 'Masters of photo moderation, as there were until 2015.', NULL, 'photo moderation masters masters of photo moderation, as there were until 2015.', 'Active', 0, 0, 0, 1130889600000),
    ('00000000000000000040', NULL, 'Worker_NumberHITsApproved', 'How many assignments of the Worker were approved, by all Requesters.', NULL, 'worker_numberhitsapproved how many assignments of the worker were approved, by all requesters.', 'Active', 0, 0, 0, 1130889600000),
    ('00000000000000000071', NULL, 'Worker_Locale', 'The country, and in the US the state, of the Worker''s account.', NULL, 'worker_locale the country, and in the us the state, of the worker''s account.', 'Active', 0, 0, 0, 1130889600000),
    ('00000000000000000060', NULL, 'Worker_Adult', 'Has the Worker agreed to work that is for adults only? 1 is yes.', NULL, 'worker_adult has the worker agreed to work that is for adults only? 1 is yes.', 'Active', 0, 0, 0, 1130889600000),
    ('000000000000000000L0', NULL, 'Worker_PercentAssignmentsApproved', 'The percentage of the Worker''s decided assignments that were approved; 100 before the hundredth is submitted.', NULL, 'worker_percentassignmentsapproved the percentage of the worker''s decided assignments that were approved; 100 before the hundredth is submitted.', 'Active', 0, 0, 0, 1130889600000);
