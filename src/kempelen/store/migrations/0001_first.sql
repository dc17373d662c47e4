-- The first schema. One text for SQLite and PostgreSQL: TEXT and BIGINT columns; instants are BIGINT milliseconds since
-- 1970 UTC and end in _at, money is BIGINT micro-dollars and ends in _micros, yes and no are 1 and 0.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- The last batch each lane has committed: tells what became of a commit whose reply was lost, and how late it was.
CREATE TABLE lane (
    lane_id  TEXT PRIMARY KEY,
    batch_id TEXT NOT NULL,
    batch_at BIGINT NOT NULL
) STRICT;

-- The answers given to write requests, kept a day so that a request the SDK repeats by itself never acts twice.
CREATE TABLE answer (
    answer_key  TEXT PRIMARY KEY,
    http_status BIGINT NOT NULL,
    body        TEXT NOT NULL,
    answered_at BIGINT NOT NULL
) STRICT;
CREATE INDEX answer_by_age ON answer (answered_at);

CREATE TABLE request_token (
    requester_id TEXT NOT NULL,
    scope        TEXT NOT NULL,
    token        TEXT NOT NULL,
    result_id    TEXT NOT NULL,
    used_at      BIGINT NOT NULL,
    PRIMARY KEY (requester_id, scope, token)
) STRICT;
CREATE INDEX request_token_by_age ON request_token (used_at);

-- ------------------------------------------------------------------------------------------------ people

CREATE TABLE requester (
    requester_id TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    email        TEXT NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('Active', 'Suspended')),
    created_at   BIGINT NOT NULL
) STRICT;

CREATE TABLE access_key (
    access_key_id TEXT PRIMARY KEY,
    requester_id  TEXT NOT NULL REFERENCES requester,
    sealed_secret TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('Active', 'Revoked')),
    created_at    BIGINT NOT NULL,
    revoked_at    BIGINT
) STRICT;
CREATE INDEX access_key_by_requester ON access_key (requester_id);

CREATE TABLE worker (
    worker_id     TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    email         TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('Active', 'Suspended')),
    auto_accept   BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    turn          BIGINT NOT NULL
) STRICT;

CREATE TABLE worker_token (
    token_hash TEXT PRIMARY KEY,
    worker_id  TEXT NOT NULL REFERENCES worker,
    name       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
) STRICT;
CREATE INDEX worker_token_by_worker ON worker_token (worker_id);

CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    worker_id  TEXT NOT NULL REFERENCES worker,
    csrf       TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL
) STRICT;
CREATE INDEX session_by_worker ON session (worker_id);

CREATE TABLE invitation (
    token_hash TEXT PRIMARY KEY,
    email      TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    used_at    BIGINT
) STRICT;

-- ------------------------------------------------------------------------------------------------ money

CREATE TABLE account (
    account_id     TEXT PRIMARY KEY,
    kind           TEXT NOT NULL CHECK (kind IN ('outside', 'available', 'hold', 'fees', 'earnings')),
    requester_id   TEXT NOT NULL REFERENCES requester,
    worker_id      TEXT REFERENCES worker,
    balance_micros BIGINT NOT NULL,
    CHECK (balance_micros >= 0 OR kind = 'outside'),
    CHECK ((worker_id IS NOT NULL) = (kind = 'earnings'))
) STRICT;
CREATE INDEX account_by_worker ON account (worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX account_by_requester ON account (requester_id);

CREATE TABLE transfer (
    transfer_id   TEXT PRIMARY KEY,
    reason        TEXT NOT NULL,
    from_account  TEXT NOT NULL REFERENCES account,
    to_account    TEXT NOT NULL REFERENCES account,
    amount_micros BIGINT NOT NULL CHECK (amount_micros > 0),
    hit_id        TEXT,
    assignment_id TEXT,
    made_at       BIGINT NOT NULL,
    CHECK (from_account <> to_account)
) STRICT;
CREATE INDEX transfer_by_hit ON transfer (hit_id) WHERE hit_id IS NOT NULL;

-- ------------------------------------------------------------------------------------------------ work

CREATE TABLE hit_type (
    hit_type_id                    TEXT PRIMARY KEY,
    requester_id                   TEXT NOT NULL REFERENCES requester,
    fingerprint                    TEXT NOT NULL,
    title                          TEXT NOT NULL,
    description                    TEXT NOT NULL,
    keywords                       TEXT,
    reward_micros                  BIGINT NOT NULL CHECK (reward_micros >= 0),
    assignment_duration_in_seconds BIGINT NOT NULL,
    auto_approval_delay_in_seconds BIGINT NOT NULL,
    created_at                     BIGINT NOT NULL,
    UNIQUE (requester_id, fingerprint)
) STRICT;

-- All HITs of one type, as Workers see them. open_hits counts the Assignable ones.
CREATE TABLE hit_group (
    hit_group_id      TEXT PRIMARY KEY,
    hit_type_id       TEXT NOT NULL UNIQUE REFERENCES hit_type,
    requester_id      TEXT NOT NULL REFERENCES requester,
    reward_micros     BIGINT NOT NULL,
    search_text       TEXT NOT NULL,
    open_hits         BIGINT NOT NULL CHECK (open_hits >= 0),
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    latest_expires_at BIGINT NOT NULL
) STRICT;
CREATE INDEX hit_group_by_update ON hit_group (updated_at, hit_group_id) WHERE open_hits > 0;
CREATE INDEX hit_group_by_reward ON hit_group (reward_micros, hit_group_id) WHERE open_hits > 0;
CREATE INDEX hit_group_by_size ON hit_group (open_hits, hit_group_id) WHERE open_hits > 0;
CREATE INDEX hit_group_by_requester ON hit_group (requester_id) WHERE open_hits > 0;

CREATE TABLE hit (
    hit_id               TEXT PRIMARY KEY,
    requester_id         TEXT NOT NULL REFERENCES requester,
    hit_type_id          TEXT NOT NULL REFERENCES hit_type,
    hit_group_id         TEXT NOT NULL REFERENCES hit_group,
    status               TEXT NOT NULL
                         CHECK (status IN ('Assignable', 'Unassignable', 'Reviewable', 'Reviewing', 'Disposed')),
    question             TEXT NOT NULL,
    requester_annotation TEXT,
    reward_micros        BIGINT NOT NULL CHECK (reward_micros >= 0),
    fee_micros           BIGINT NOT NULL CHECK (fee_micros >= 0),
    max_assignments      BIGINT NOT NULL,
    open                 BIGINT NOT NULL CHECK (open >= 0),
    pending              BIGINT NOT NULL CHECK (pending >= 0),
    submitted            BIGINT NOT NULL CHECK (submitted >= 0),
    decided              BIGINT NOT NULL CHECK (decided >= 0),
    place                BIGINT NOT NULL,
    created_at           BIGINT NOT NULL,
    expires_at           BIGINT NOT NULL,
    expired              BIGINT NOT NULL CHECK (expired IN (0, 1)),
    reviewable_at        BIGINT,
    dispose_at           BIGINT,
    disposed_at          BIGINT,
    CHECK (open + pending + submitted + decided = max_assignments),
    CHECK (status <> 'Assignable' OR (open > 0 AND expired = 0)),
    CHECK ((status = 'Disposed') = (disposed_at IS NOT NULL)),
    CHECK ((status IN ('Reviewable', 'Reviewing')) = (dispose_at IS NOT NULL))
) STRICT;
CREATE INDEX hit_by_requester ON hit (requester_id, created_at, hit_id) WHERE status <> 'Disposed';
CREATE INDEX hit_reviewable ON hit (requester_id, status, expires_at, hit_id)
    WHERE status IN ('Reviewable', 'Reviewing');
CREATE INDEX hit_assignable ON hit (hit_group_id, place, hit_id) WHERE status = 'Assignable';
CREATE INDEX hit_expiring ON hit (expires_at, hit_id) WHERE expired = 0 AND status <> 'Disposed';
CREATE INDEX hit_disposing ON hit (dispose_at, hit_id) WHERE dispose_at IS NOT NULL;

CREATE TABLE assignment (
    assignment_id      TEXT PRIMARY KEY,
    hit_id             TEXT NOT NULL REFERENCES hit,
    requester_id       TEXT NOT NULL REFERENCES requester,
    worker_id          TEXT NOT NULL REFERENCES worker,
    status             TEXT NOT NULL CHECK (
                       status IN ('Accepted', 'Returned', 'Abandoned', 'Submitted', 'Approved', 'Rejected')),
    accepted_at        BIGINT NOT NULL,
    due_at             BIGINT NOT NULL,
    ended_at           BIGINT,
    submitted_at       BIGINT,
    auto_approve_at    BIGINT,
    approved_at        BIGINT,
    rejected_at        BIGINT,
    answer             TEXT,
    requester_feedback TEXT,
    auto_approved      BIGINT NOT NULL CHECK (auto_approved IN (0, 1)),
    CHECK ((submitted_at IS NOT NULL) = (status IN ('Submitted', 'Approved', 'Rejected'))),
    CHECK ((answer IS NOT NULL) = (submitted_at IS NOT NULL)),
    CHECK ((auto_approve_at IS NOT NULL) = (submitted_at IS NOT NULL)),
    CHECK ((approved_at IS NOT NULL) = (status = 'Approved')),
    CHECK ((rejected_at IS NOT NULL) = (status = 'Rejected'))
) STRICT;
CREATE UNIQUE INDEX assignment_once_per_hit ON assignment (hit_id, worker_id)
    WHERE status NOT IN ('Returned', 'Abandoned');
CREATE INDEX assignment_by_hit ON assignment (hit_id, submitted_at, assignment_id) WHERE submitted_at IS NOT NULL;
CREATE INDEX assignment_queue ON assignment (worker_id, due_at, assignment_id) WHERE status = 'Accepted';
CREATE INDEX assignment_by_worker ON assignment (worker_id, submitted_at, assignment_id)
    WHERE submitted_at IS NOT NULL;
CREATE INDEX assignment_accepted ON assignment (worker_id, accepted_at);
CREATE INDEX assignment_due ON assignment (due_at, assignment_id) WHERE status = 'Accepted';
CREATE INDEX assignment_auto_approving ON assignment (auto_approve_at, assignment_id) WHERE status = 'Submitted';

CREATE TABLE bonus (
    bonus_id      TEXT PRIMARY KEY,
    assignment_id TEXT NOT NULL REFERENCES assignment,
    hit_id        TEXT NOT NULL REFERENCES hit,
    requester_id  TEXT NOT NULL REFERENCES requester,
    worker_id     TEXT NOT NULL REFERENCES worker,
    amount_micros BIGINT NOT NULL CHECK (amount_micros > 0),
    fee_micros    BIGINT NOT NULL CHECK (fee_micros >= 0),
    reason        TEXT NOT NULL,
    granted_at    BIGINT NOT NULL
) STRICT;
CREATE INDEX bonus_by_hit ON bonus (hit_id, granted_at, bonus_id);
CREATE INDEX bonus_by_assignment ON bonus (assignment_id, granted_at, bonus_id);
CREATE INDEX bonus_by_worker ON bonus (worker_id, granted_at, bonus_id);

-- ------------------------------------------------------------------------------------------------ history

-- Every change, appended in its transaction: ids, statuses and amounts, never answers, names or addresses.
CREATE TABLE event (
    event_id      TEXT PRIMARY KEY,
    kind          TEXT NOT NULL,
    happened_at   BIGINT NOT NULL,
    actor         TEXT NOT NULL,
    requester_id  TEXT,
    worker_id     TEXT,
    hit_id        TEXT,
    assignment_id TEXT,
    from_status   TEXT,
    to_status     TEXT,
    amount_micros BIGINT
) STRICT;
CREATE INDEX event_by_hit ON event (hit_id, happened_at) WHERE hit_id IS NOT NULL;
CREATE INDEX event_by_assignment ON event (assignment_id, happened_at) WHERE assignment_id IS NOT NULL;
