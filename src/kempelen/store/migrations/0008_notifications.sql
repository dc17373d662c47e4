-- Notifications and messages: who wants to hear of what, and what is still to be told to somebody elsewhere.

-- Where deliveries go. due_at is real time: when it may be tried, or until when `holder`, a sending process, has it.
CREATE TABLE far_end (
    far_end_id   TEXT PRIMARY KEY,
    channel      TEXT NOT NULL CHECK (channel IN ('Mail', 'SQS', 'SNS', 'Webhook')),
    requester_id TEXT REFERENCES requester,
    destination  TEXT NOT NULL,
    due_at       BIGINT NOT NULL,
    holder       TEXT,
    failures     BIGINT NOT NULL CHECK (failures >= 0),
    last_error   TEXT,
    CHECK ((requester_id IS NULL) = (channel = 'Mail'))
) STRICT;
CREATE INDEX far_end_due ON far_end (due_at, far_end_id);
INSERT INTO far_end (far_end_id, channel, destination, due_at, failures) VALUES ('MAIL', 'Mail', '', 0, 0);

-- One specification per HIT type; event_types is a JSON list.
CREATE TABLE notification (
    hit_type_id  TEXT PRIMARY KEY REFERENCES hit_type,
    requester_id TEXT NOT NULL REFERENCES requester,
    transport    TEXT NOT NULL CHECK (transport IN ('Email', 'SQS', 'SNS')),
    destination  TEXT NOT NULL,
    version      TEXT NOT NULL,
    event_types  TEXT NOT NULL,
    active       BIGINT NOT NULL CHECK (active IN (0, 1)),
    far_end_id   TEXT NOT NULL REFERENCES far_end,
    changed_at   BIGINT NOT NULL
) STRICT;

-- One thing to tell, made in the transaction of what it tells of. happened_at is market time; due_at (0 is at once),
-- tried_since and ended_at are real time. Ids alone: names, addresses and texts are read when it is sent.
CREATE TABLE delivery (
    delivery_id           TEXT PRIMARY KEY,
    far_end_id            TEXT NOT NULL REFERENCES far_end,
    kind                  TEXT NOT NULL,
    address               TEXT,
    requester_id          TEXT,
    worker_id             TEXT,
    hit_type_id           TEXT,
    hit_id                TEXT,
    assignment_id         TEXT,
    qualification_type_id TEXT,
    subject_id            TEXT,
    happened_at           BIGINT NOT NULL,
    status                TEXT NOT NULL CHECK (status IN ('Waiting', 'Sent', 'Dead')),
    due_at                BIGINT NOT NULL,
    attempts              BIGINT NOT NULL CHECK (attempts >= 0),
    tried_since           BIGINT,
    ended_at              BIGINT,
    last_error            TEXT,
    CHECK ((ended_at IS NOT NULL) = (status <> 'Waiting'))
) STRICT;
CREATE INDEX delivery_waiting ON delivery (far_end_id, due_at, delivery_id) WHERE status = 'Waiting';
CREATE INDEX delivery_ended ON delivery (status, ended_at, delivery_id) WHERE status <> 'Waiting';

-- Webhooks are signed with a secret of their Requester's; for a while after a change, also with the one before.
CREATE TABLE webhook_secret (
    requester_id         TEXT PRIMARY KEY REFERENCES requester,
    sealed_secret        TEXT NOT NULL,
    sealed_former_secret TEXT,
    former_ends_at       BIGINT,
    CHECK ((former_ends_at IS NOT NULL) = (sealed_former_secret IS NOT NULL))
) STRICT;

-- What Requesters wrote to Workers.
CREATE TABLE message (
    message_id   TEXT PRIMARY KEY,
    requester_id TEXT NOT NULL REFERENCES requester,
    subject      TEXT NOT NULL,
    message_text TEXT NOT NULL,
    sent_at      BIGINT NOT NULL
) STRICT;

CREATE TABLE message_recipient (
    worker_id  TEXT NOT NULL REFERENCES worker,
    sent_at    BIGINT NOT NULL,
    message_id TEXT NOT NULL REFERENCES message,
    PRIMARY KEY (worker_id, sent_at, message_id)
) STRICT;

-- Does a Worker want Requesters' messages, and news of their own work, by mail?
ALTER TABLE worker ADD COLUMN mail_messages BIGINT NOT NULL DEFAULT 1;
ALTER TABLE worker ADD COLUMN mail_news BIGINT NOT NULL DEFAULT 1;
